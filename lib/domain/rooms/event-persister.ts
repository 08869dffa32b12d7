import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Bus } from '../../platform/bus.ts';
import type { Clock } from '../../platform/clock.ts';
import { MatrixError, notFound } from '../../spec/errors.ts';
import { getRoomVersion, type RoomVersion } from '../../spec/room-versions.ts';
import type { Database } from '../../storage/database.ts';
import { type BatchWrite, commitBatch, FencedError } from '../../storage/events/commit-batch.ts';
import { DELIVERY_DEVICE, getDeliveredEvents, getDeliveredRoom } from '../../storage/events/deliveries.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventBrief, getTransactions, hasAnnotation } from '../../storage/events/read-events.ts';
import { getRoomHead, getStateEntries, getStateGroupChain, takeIdBlock } from '../../storage/rooms/room-head.ts';
import { Batcher } from '../../streams/batcher.ts';
import type { Delivery } from '../../streams/replication/delivery.ts';
import { NotMineError } from '../../streams/replication/not-mine.ts';
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
import { type BatchItem as Item, mergeBatch } from './merge-batch.ts';
import { relationOf } from './relations.ts';
import { type EventSigner, type PlannedEvent, type Prepared, RoomActor } from './room-actor.ts';

/** The slots of rooms that this process may write, with the epoch of its lease (P4). */
export interface SlotHolder {
  /** The epoch under which new work for a slot may be taken; undefined when it may not. */
  epochOf(slot: number): number | undefined;
  /** Slots for which new work may be taken. */
  held(): number[];
  /** Whether work that was taken under an epoch may still be written, as far as is known here. */
  holds(slot: number, epoch: number): boolean;
  /** Asks the database which slots are held: a batch found that another process has taken one. */
  confirm(): Promise<void>;
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
  /** The epoch of its slot under which an actor was loaded: what is planned on it may be written under no other. */
  readonly #epochs = new WeakMap<RoomActor, number>();
  /** Actors whose slot another process has taken over. */
  readonly #moved = new WeakSet<RoomActor>();
  /** Grows whenever a slot comes to this process. */
  #gains = 0;

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

  /** @param delivery how the command came, if from another process; so for the other commands. */
  async send(command: SendCommand, delivery?: Delivery): Promise<SendResult> {
    const [result] = await this.#sendAll(command.roomId, [command.event], command.txn, delivery);
    return result as SendResult;
  }

  async sendAll(command: { roomId: string; events: NewEvent[] }, delivery?: Delivery): Promise<SendResult[]> {
    return this.#sendAll(command.roomId, command.events, undefined, delivery);
  }

  async createRoom(command: CreateRoomCommand, delivery?: Delivery): Promise<CreateRoomResult> {
    const version = versionOf(command.roomVersion);
    const count = command.events.length;
    if (delivery?.repeated) {
      const made = await getDeliveredRoom(this.#options.db, { creator: command.creator, id: delivery.id, count });
      const last = made.at(-1);
      if (last) return { roomId: last.roomId, eventIds: made.map((e) => e.eventId), position: last.position };
    }
    const now = this.#options.clock.now();
    const roomNid = await takeIdBlock(this.#options.db, 'room_nids');
    const push = await this.#options.push?.forNewRoom(roomNid);
    do await this.#ids.reserve(count, count);
    while (!this.#ids.has(count, count));
    // From here to the queue nothing waits, so the slot cannot be given away in between.
    const slots = this.#options.slots.held();
    const slot = slots[Math.floor(Math.random() * slots.length)];
    const epoch = slot === undefined ? undefined : this.#options.slots.epochOf(slot);
    if (slot === undefined || epoch === undefined) throw new NotMineError('event-persister');
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
    this.#epochs.set(actor, epoch);
    actor.push = push;
    const planned: PlannedEvent[] = [];
    for (const event of command.events) {
      const plan = actor.plan(event, {}, now, planned.length === 0 ? transactionOf(delivery) : undefined);
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

  /** A slot has come to this process. */
  slotGained(): void {
    this.#gains++;
  }

  /** A slot is another process's: the heads of its rooms move elsewhere from now on. */
  slotLost(slot: number): void {
    for (const actor of [...this.#actors.values()]) if (actor.head.slot === slot) this.#retire(actor);
  }

  async #sendAll(
    roomId: string,
    events: NewEvent[],
    txn: SendCommand['txn'],
    delivery: Delivery | undefined,
  ): Promise<SendResult[]> {
    for (let attempt = 1; ; attempt++) {
      const actor = await this.#actor(roomId);
      if (delivery?.repeated && !txn) {
        const done = await this.#delivered(actor, events, delivery);
        if (done) return done;
      }
      const result = await this.#sendOn(actor, events, txn, delivery);
      if (result) return result;
      if (attempt === MOST_TRIES)
        throw new MatrixError(503, 'M_UNKNOWN', 'The room is being loaded again; try once more.');
    }
  }

  /** Undefined when the actor was dropped before the events were planned on it: then nothing was done. */
  async #sendOn(
    actor: RoomActor,
    events: NewEvent[],
    txn: SendCommand['txn'],
    delivery: Delivery | undefined,
  ): Promise<SendResult[] | undefined> {
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
    const epoch = this.#options.slots.epochOf(actor.head.slot);
    if (epoch === undefined) throw new NotMineError('event-persister', actor.head.slot);
    if (epoch !== this.#epochs.get(actor)) {
      // The slot was away and came back: the room may have moved on meanwhile.
      this.#retire(actor);
      return undefined;
    }

    const transactions = txn ? transactionsOf(actor, first.sender, txn.deviceId) : undefined;
    const known = txn && transactions?.get(txn.txnId);
    if (known && known.type === first.type) return [{ ...(await known.result), duplicate: true }];

    // Nothing below waits until the events are planned and queued, so nobody plans in between.
    const now = this.#options.clock.now();
    const plans: (PlannedEvent | { existing: { eventId: string } })[] = [];
    const queued: PlannedEvent[] = [];
    try {
      events.forEach((event, i) => {
        const key = txn ? (i === 0 ? txn : undefined) : transactionOf(delivery, i);
        const plan = actor.plan(event, prepared[i] as Prepared, now, key);
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

  /** What a command that is delivered once more has done already; undefined when nothing. */
  async #delivered(actor: RoomActor, events: NewEvent[], delivery: Delivery): Promise<SendResult[] | undefined> {
    const first = events[0] as NewEvent;
    const ids = events.map((_, i) => transactionOf(delivery, i)?.txnId as string);
    const key = { roomNid: actor.head.roomNid, sender: first.sender, ids };
    const found = new Map((await getDeliveredEvents(this.#options.db, key)).map((row) => [row.id, row]));
    if (found.size === 0) return undefined;
    return events.map((event, i) => {
      const row = found.get(ids[i] as string);
      if (row) return { eventId: row.eventId, position: row.position, duplicate: true };
      // It made no event then, because the same state was there already.
      const entry = event.stateKey === undefined ? undefined : actor.state(event.type, event.stateKey);
      return { eventId: entry?.eventId ?? '', position: 0, duplicate: true };
    });
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
    const gains = this.#gains;
    const head = await getRoomHead(this.#options.db, roomId);
    if (!head || head.extremities.length === 0) throw notFound('The room is not known to this server.');
    const epoch = this.#options.slots.epochOf(head.slot);
    if (epoch === undefined) throw new NotMineError('event-persister', head.slot);
    // Where the slot came while the head was read, its owner before may have moved the head after that.
    if (gains !== this.#gains) return this.#load(roomId);
    const actor = new RoomActor({
      head,
      version: versionOf(head.roomVersion),
      signer: this.#options.signer,
      ids: this.#ids,
      isNew: false,
    });
    this.#epochs.set(actor, epoch);
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
    const results = new Map<Item, number[] | Error>();
    let alive = items.filter((item) => !item.actor.dead);
    while (alive.length > 0) {
      const batch = mergeBatch(alive, this.#epochs);
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
        break;
      } catch (error) {
        const staying = error instanceof FencedError ? await this.#staying(alive) : [];
        // Nothing was written, so rooms of slots that are still ours are none the worse for their neighbours' going.
        if (staying.length > 0 && staying.length < alive.length) {
          alive = staying;
          continue;
        }
        this.#options.log.error({ err: error, events: batch.events.length }, 'a batch of events failed');
        for (const item of alive) {
          this.#kill(item.actor);
          results.set(item, error as Error);
        }
        break;
      }
    }
    return items.map((item) => {
      if (this.#moved.has(item.actor)) return new NotMineError('event-persister', item.actor.head.slot);
      return (
        results.get(item) ??
        new MatrixError(503, 'M_UNKNOWN', 'An event before this one could not be stored; try again.')
      );
    });
  }

  /** After a fence has held a batch back: the items whose slots are held still. The others' actors are dead. */
  async #staying(items: Item[]): Promise<Item[]> {
    try {
      await this.#options.slots.confirm();
    } catch {
      return [];
    }
    return items.filter(({ actor }) => {
      if (this.#options.slots.holds(actor.head.slot, this.#epochs.get(actor) as number)) return true;
      this.#kill(actor);
      this.#moved.add(actor);
      return false;
    });
  }

  #kill(actor: RoomActor): void {
    actor.dead = true;
    this.#retire(actor);
  }

  #publish(batch: BatchWrite, last: number): void {
    const from = last - batch.events.length;
    const exceptions = Map.groupBy(batch.pushExceptions, ({ index }) => index);
    const rows: EventRow[] = batch.events.map(({ prevNids: _p, authNids: _a, ...row }, i) => ({
      ...row,
      position: from + i + 1,
      pushExceptions: (exceptions.get(i) ?? []).map(({ userId, notify }) => ({ userId, notify })),
    }));
    try {
      void this.#options.bus.publish({ stream: 'events', from, to: last, rows });
    } catch (error) {
      // The bus is a hint: readers find the rows in the database.
      this.#options.log.warn({ err: error }, 'the bus did not take a batch of events');
    }
  }
}

/** The transaction under which an event is stored that came from another process without one. */
function transactionOf(delivery: Delivery | undefined, index = 0) {
  return delivery && { deviceId: DELIVERY_DEVICE, txnId: index === 0 ? delivery.id : `${delivery.id} ${index}` };
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
