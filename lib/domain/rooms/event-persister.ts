import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Bus } from '../../platform/bus.ts';
import type { Clock } from '../../platform/clock.ts';
import { MatrixError, notFound } from '../../spec/errors.ts';
import { getRoomVersion, type RoomVersion } from '../../spec/room-versions.ts';
import type { Database } from '../../storage/database.ts';
import { type BatchWrite, commitBatch, type RoomHeadWrite } from '../../storage/events/commit-batch.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventBrief, getTransactions, hasAnnotation } from '../../storage/events/read-events.ts';
import { getRoomHead, getStateEntries, getStateGroupChain, takeIdBlock } from '../../storage/rooms/room-head.ts';
import { Batcher } from '../../streams/batcher.ts';
import type {
  CreateRoomCommand,
  CreateRoomResult,
  EventsWriter,
  NewEvent,
  SendCommand,
  SendResult,
} from '../../streams/writers.ts';
import type { PushDecider } from '../push/room-push.ts';
import { IdBlocks } from './id-blocks.ts';
import { relationOf } from './relations.ts';
import { type EventSigner, type PlannedEvent, type Prepared, RoomActor } from './room-actor.ts';

/** The slots of rooms that this process may write, with the epoch of its lease (P4). */
export interface SlotHolder {
  /** The epoch under which this process holds a slot; undefined when it doesn't. */
  epochOf(slot: number): number | undefined;
  /** Slots held now. */
  held(): number[];
  /** A batch found that another process has taken a slot over. */
  lost(slot: number): void;
}

/** What an event persister works with. */
export interface EventPersisterOptions {
  db: Database;
  bus: Bus;
  clock: Clock;
  log: Logger;
  signer: EventSigner;
  slots: SlotHolder;
  push?: PushDecider | undefined;
  /** Bound of the memory that hot rooms take, in bytes. */
  memoryBytes?: number;
  onBatch?: (events: number, seconds: number) => void;
}

interface Item {
  actor: RoomActor;
  planned: PlannedEvent[];
  aliases: { alias: string; creator: string }[];
}

/** The room's slot is not held by this process; the caller looks the owner up again. */
export class NotMineError extends Error {
  override name = 'NotMineError';
  readonly slot: number;
  constructor(slot: number) {
    super(`slot ${slot} is not held by this process`);
    this.slot = slot;
  }
}

const MOST_EVENTS_PER_BATCH = 512;
const MOST_TRANSACTIONS = 1_000;
const MOST_TRIES = 3;

/** The event persister: room actors with group commit (design.md §3). */
export class EventPersister implements EventsWriter {
  readonly #options: EventPersisterOptions;
  readonly #ids: IdBlocks;
  readonly #actors: LRUCache<string, RoomActor>;
  readonly #loading = new Map<string, Promise<RoomActor>>();
  readonly #batcher: Batcher<Item, number[]>;

  constructor(options: EventPersisterOptions) {
    this.#options = options;
    this.#ids = new IdBlocks(options.db);
    this.#batcher = new Batcher((items) => this.#commit(items), MOST_EVENTS_PER_BATCH);
    this.#actors = new LRUCache({
      maxSize: options.memoryBytes ?? 256 * 1024 * 1024,
      sizeCalculation: (actor) => actor.bytes,
      noUpdateTTL: true,
      dispose: (actor) => {
        actor.retired = true;
      },
    });
  }

  async send(command: SendCommand): Promise<SendResult> {
    const [result] = await this.#sendAll(command.roomId, [command.event], command.txn);
    return result as SendResult;
  }

  async sendAll(command: { roomId: string; events: NewEvent[] }): Promise<SendResult[]> {
    return this.#sendAll(command.roomId, command.events);
  }

  async createRoom(command: CreateRoomCommand): Promise<CreateRoomResult> {
    const version = versionOf(command.roomVersion);
    const slots = this.#options.slots.held();
    const slot = slots[Math.floor(Math.random() * slots.length)];
    if (slot === undefined) throw new NotMineError(-1);
    const now = this.#options.clock.now();
    const roomNid = await takeIdBlock(this.#options.db, 'room_nids');
    const actor = new RoomActor({
      head: {
        roomNid,
        roomId: command.roomId ?? '',
        roomVersion: command.roomVersion,
        creator: command.creator,
        createdTs: now,
        slot,
        stateGroup: 0,
        depth: 0,
        isPublic: command.isPublic,
        blockedBy: null,
        extremities: [],
      },
      version,
      signer: this.#options.signer,
      ids: this.#ids,
      isNew: true,
    });
    actor.push = await this.#options.push?.forNewRoom(roomNid);
    const count = command.events.length;
    do await this.#ids.reserve(count, count);
    while (!this.#ids.has(count, count));
    const planned: PlannedEvent[] = [];
    for (const event of command.events) {
      const plan = actor.plan(event, {}, now);
      if (!('existing' in plan)) planned.push(plan);
    }
    const aliases = command.aliases.map((alias) => ({ alias, creator: command.creator }));
    const positions = await this.#add({ actor, planned, aliases });
    if (!actor.dead) this.#actors.set(actor.head.roomId, actor);
    return {
      roomId: actor.head.roomId,
      eventIds: planned.map((p) => p.row.eventId),
      position: positions.at(-1) as number,
    };
  }

  async evict(command: { roomId: string }): Promise<void> {
    this.#actors.delete(command.roomId);
  }

  /** Resolves when everything taken so far is committed or refused. */
  async drain(): Promise<void> {
    await this.#batcher.barrier();
  }

  async #sendAll(roomId: string, events: NewEvent[], txn?: SendCommand['txn']): Promise<SendResult[]> {
    for (let attempt = 1; ; attempt++) {
      const actor = await this.#actor(roomId);
      const result = await this.#sendOn(actor, events, txn);
      if (result) return result;
      if (attempt === MOST_TRIES)
        throw new MatrixError(503, 'M_UNKNOWN', 'The room is being loaded again; try once more.');
    }
  }

  /** Undefined when the actor was dropped before the events were planned on it: then nothing was done. */
  async #sendOn(actor: RoomActor, events: NewEvent[], txn: SendCommand['txn']): Promise<SendResult[] | undefined> {
    const first = events[0] as NewEvent;
    if (txn) {
      await this.#loadTransactions(actor, first.sender, txn.deviceId);
      const known = transactionsOf(actor, first.sender, txn.deviceId).get(txn.txnId);
      if (known && known.type === first.type) return [{ ...(await known.result), duplicate: true }];
    }
    const prepared: Prepared[] = [];
    for (const event of events) prepared.push(await this.#prepare(actor, event));
    do await this.#ids.reserve(events.length, events.length);
    while (!this.#ids.has(events.length, events.length));
    if (actor.dead || actor.retired) return undefined;
    if (this.#options.slots.epochOf(actor.head.slot) === undefined) throw new NotMineError(actor.head.slot);

    const transactions = txn ? transactionsOf(actor, first.sender, txn.deviceId) : undefined;
    const known = txn && transactions?.get(txn.txnId);
    if (known && known.type === first.type) return [{ ...(await known.result), duplicate: true }];

    // Nothing below waits until the events are planned and queued, so nobody plans in between.
    const now = this.#options.clock.now();
    const plans: (PlannedEvent | { existing: { eventId: string } })[] = [];
    const queued: PlannedEvent[] = [];
    try {
      events.forEach((event, i) => {
        const plan = actor.plan(event, prepared[i] as Prepared, now, i === 0 ? txn : undefined);
        plans.push(plan);
        if (!('existing' in plan)) queued.push(plan);
      });
    } catch (error) {
      // Part of a group is planned on the head already; what others have planned before it stays valid.
      if (queued.length > 0) this.#retire(actor);
      throw error;
    }
    const committed: Promise<number[]> =
      queued.length > 0 ? this.#add({ actor, planned: queued, aliases: [] }) : Promise.resolve([]);
    const results = committed.then((positions) => {
      let i = 0;
      return plans.map((plan) =>
        'existing' in plan
          ? { eventId: plan.existing.eventId, position: 0, duplicate: true }
          : { eventId: plan.row.eventId, position: positions[i++] as number, duplicate: false },
      );
    });
    if (txn && transactions) {
      if (transactions.size > 10 * MOST_TRANSACTIONS) actor.transactions.delete(`${first.sender} ${txn.deviceId}`);
      const result = results.then((all) => all[0] as SendResult);
      transactions.set(txn.txnId, { type: first.type, result });
      result.catch(() => transactions.delete(txn.txnId));
    }
    return results;
  }

  async #actor(roomId: string): Promise<RoomActor> {
    const known = this.#actors.get(roomId);
    if (known && !known.dead && !known.retired) return known;
    let loading = this.#loading.get(roomId);
    if (!loading) {
      loading = this.#load(roomId).finally(() => this.#loading.delete(roomId));
      this.#loading.set(roomId, loading);
    }
    return loading;
  }

  async #load(roomId: string): Promise<RoomActor> {
    // What is still being written belongs to the head that is about to be read.
    await this.#batcher.barrier();
    const head = await getRoomHead(this.#options.db, roomId);
    if (!head || head.extremities.length === 0) throw notFound('The room is not known to this server.');
    if (this.#options.slots.epochOf(head.slot) === undefined) throw new NotMineError(head.slot);
    const actor = new RoomActor({
      head,
      version: versionOf(head.roomVersion),
      signer: this.#options.signer,
      ids: this.#ids,
      isNew: false,
    });
    this.#actors.set(roomId, actor);
    return actor;
  }

  async #prepare(actor: RoomActor, event: NewEvent): Promise<Prepared> {
    const { db } = this.#options;
    const missing = actor.missingState(event);
    if (missing.length > 0) actor.loadState(missing, await getStateEntries(db, actor.head.roomNid, missing));
    if (event.stateKey !== undefined && actor.needsChain) {
      // The head may move while the chain is read, but not by a state event: those wait for the chain as well.
      actor.loadChain(await getStateGroupChain(db, actor.head.stateGroup));
    }
    if (!actor.push && this.#options.push) actor.push = await this.#options.push.forRoom(actor.head.roomNid);
    const prepared: Prepared = {};
    if (event.redacts !== undefined) prepared.target = await getEventBrief(db, event.redacts);
    const relation = relationOf(event.content);
    if (relation && relation.relType !== 'm.thread') {
      const related = await getEventBrief(db, relation.relatesTo);
      if (related?.roomNid === actor.head.roomNid) prepared.relatedThread = related.threadRoot;
      if (relation.relType === 'm.annotation' && relation.key !== null) {
        const annotation = { relatesTo: relation.relatesTo, type: event.type, key: relation.key, sender: event.sender };
        if (await hasAnnotation(db, annotation)) {
          throw new MatrixError(400, 'M_DUPLICATE_ANNOTATION', "You can't send the same reaction twice.");
        }
      }
    }
    return prepared;
  }

  async #loadTransactions(actor: RoomActor, sender: string, deviceId: string): Promise<void> {
    if (actor.transactions.has(`${sender} ${deviceId}`)) return;
    const rows = await getTransactions(this.#options.db, {
      roomNid: actor.head.roomNid,
      sender,
      deviceId,
      limit: MOST_TRANSACTIONS,
    });
    const map = transactionsOf(actor, sender, deviceId);
    for (const row of rows) {
      if (map.has(row.txnId)) continue;
      const result = { eventId: row.eventId, position: row.position, duplicate: true };
      map.set(row.txnId, { type: row.type, result: Promise.resolve(result) });
    }
  }

  async #add(item: Item): Promise<number[]> {
    const positions = await this.#batcher.add(item);
    const { actor } = item;
    // The cache weighs an entry when it is set; an actor that has grown is weighed again.
    if (actor.bytes > actor.weighed * 1.5 && this.#actors.peek(actor.head.roomId) === actor) {
      actor.weighed = actor.bytes;
      this.#actors.set(actor.head.roomId, actor);
    }
    return positions;
  }

  #retire(actor: RoomActor): void {
    actor.retired = true;
    if (this.#actors.peek(actor.head.roomId) === actor) this.#actors.delete(actor.head.roomId);
  }

  async #commit(items: Item[]): Promise<(number[] | Error)[]> {
    const alive = items.filter((item) => !item.actor.dead);
    const results = new Map<Item, number[] | Error>();
    if (alive.length > 0) {
      const batch = merge(alive, this.#options.slots);
      const started = performance.now();
      try {
        const last = await commitBatch(this.#options.db, batch);
        this.#options.onBatch?.(batch.events.length, (performance.now() - started) / 1_000);
        this.#publish(batch, last);
        let position = last - batch.events.length;
        for (const item of alive)
          results.set(
            item,
            item.planned.map(() => ++position),
          );
      } catch (error) {
        this.#options.log.error({ err: error, events: batch.events.length }, 'a batch of events failed');
        for (const item of alive) {
          item.actor.dead = true;
          this.#retire(item.actor);
          results.set(item, error as Error);
        }
        if ((error as Error).name === 'FencedError') for (const f of batch.fences) this.#options.slots.lost(f.slot);
      }
    }
    return items.map(
      (item) =>
        results.get(item) ??
        new MatrixError(503, 'M_UNKNOWN', 'An event before this one could not be stored; try again.'),
    );
  }

  #publish(batch: BatchWrite, last: number): void {
    const from = last - batch.events.length;
    const rows: EventRow[] = batch.events.map(({ prevNids: _p, authNids: _a, ...row }, i) => ({
      ...row,
      position: from + i + 1,
    }));
    try {
      void this.#options.bus.publish({ stream: 'events', from, to: last, rows });
    } catch (error) {
      // The bus is a hint: readers find the rows in the database.
      this.#options.log.warn({ err: error }, 'the bus did not take a batch of events');
    }
  }
}

function merge(items: Item[], slots: SlotHolder): BatchWrite {
  const batch: BatchWrite = {
    fences: [],
    events: [],
    rooms: [],
    stateGroups: [],
    currentState: [],
    memberships: [],
    relations: [],
    pushExceptions: [],
    redactions: [],
    aliases: [],
  };
  const heads = new Map<RoomActor, RoomHeadWrite>();
  for (const { actor, planned, aliases } of items) {
    for (const { row, stateGroup, membership, relation, redactsNid, push } of planned) {
      const index = batch.events.length;
      batch.events.push(row);
      if (stateGroup) {
        batch.stateGroups.push(stateGroup);
        batch.currentState.push({
          roomNid: row.roomNid,
          type: row.type,
          stateKey: row.stateKey as string,
          eventNid: row.eventNid,
        });
      }
      if (membership) batch.memberships.push({ ...membership, index });
      if (relation) batch.relations.push(relation);
      if (redactsNid !== undefined) batch.redactions.push({ targetNid: redactsNid, byNid: row.eventNid });
      for (const p of push) batch.pushExceptions.push({ ...p, index });
      const { head } = actor;
      // The head of the batch, not the actor's: that one may be further already.
      heads.set(actor, {
        roomNid: head.roomNid,
        roomId: head.roomId,
        roomVersion: head.roomVersion,
        creator: head.creator,
        createdTs: head.createdTs,
        slot: head.slot,
        isPublic: head.isPublic,
        extremities: [row.eventNid],
        stateGroup: row.stateGroupAfter ?? row.stateGroup ?? 0,
        depth: row.depth,
        lastIndex: index,
      });
    }
    for (const a of aliases) batch.aliases.push({ ...a, roomNid: actor.head.roomNid, ts: actor.head.createdTs });
  }
  batch.rooms = [...heads.values()];
  const held = [...new Set(batch.rooms.map((room) => room.slot))].sort((a, b) => a - b);
  batch.fences = held.map((slot) => ({ slot, epoch: slots.epochOf(slot) ?? -1 }));
  return batch;
}

function transactionsOf(actor: RoomActor, sender: string, deviceId: string) {
  const key = `${sender} ${deviceId}`;
  let map = actor.transactions.get(key);
  if (!map) {
    map = new Map();
    actor.transactions.set(key, map);
  }
  return map;
}

function versionOf(id: string): RoomVersion {
  const version = getRoomVersion(id);
  if (!version)
    throw new MatrixError(400, 'M_UNSUPPORTED_ROOM_VERSION', `Room version ${id} is not known to this server.`);
  return version;
}
