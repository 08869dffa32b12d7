import type { Logger } from 'pino';
import type { Bus } from '../../platform/bus.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../storage/database.ts';
import { getDeliveredRoom } from '../../storage/events/deliveries.ts';
import { takeIdBlock } from '../../storage/rooms/room-head.ts';
import type { Delivery } from '../../streams/replication/delivery.ts';
import type {
  AdoptCommand,
  CreateRoomCommand,
  CreateRoomResult,
  EventsWriter,
  NewEvent,
  ReceiveCommand,
  ReceiveResult,
  SendCommand,
  SendResult,
} from '../../streams/writers.ts';
import type { PushDecider } from '../push/room-push.ts';
import { RoomActors, versionOf } from './engine/actors.ts';
import { RoomAdopter } from './engine/adopt-room.ts';
import { Committer, RoomIdTakenError } from './engine/committer.ts';
import { transactionOf } from './engine/delivered.ts';
import type { Engine } from './engine/engine.ts';
import { LocalSends } from './engine/local-sends.ts';
import { LongWay } from './engine/long-way.ts';
import type { PolicyServers } from './engine/policy-servers.ts';
import { Receiver } from './engine/receiver.ts';
import { ResolverPool } from './engine/resolver-pool.ts';
import type { SlotHolder } from './engine/slot-holder.ts';
import { IdBlocks } from './id-blocks.ts';
import type { EventSigner, PlannedEvent } from './room-actor.ts';

export type { SlotHolder } from './engine/slot-holder.ts';

/** What an event persister works with. */
export interface EventPersisterOptions {
  db: Database;
  bus: Bus;
  clock: Clock;
  log: Logger;
  signer: EventSigner;
  slots: SlotHolder;
  push?: PushDecider | undefined;
  /** Who asks rooms' policy servers; without it none is asked. */
  policyServers?: PolicyServers | undefined;
  /** Bound of the memory that hot rooms take, in bytes. */
  memoryBytes?: number;
  onBatch?: (events: number, seconds: number) => void;
  /** Told of rooms whose inbox holds something. */
  onInbox?: (roomId: string) => void;
}

const MEMORY_BYTES = 256 * 1024 * 1024;
const MOST_TRIES = 5;
const APART_MS = 100;

/** The event persister: room actors with group commit (design.md §3). */
export class EventPersister implements EventsWriter {
  readonly #engine: Engine;
  readonly #receiver: Receiver;
  readonly #sends: LocalSends;
  readonly #adopter: RoomAdopter;
  readonly #onInbox: (roomId: string) => void;
  #lastCreated = 0;

  constructor(options: EventPersisterOptions) {
    const { db, bus, clock, log, signer, slots, push, policyServers, onBatch } = options;
    const ids = new IdBlocks(db);
    const committer = new Committer({ db, bus, log, slots, actors: () => actors, onBatch });
    const actors = new RoomActors({
      db,
      slots,
      signer,
      ids,
      push,
      memoryBytes: options.memoryBytes ?? MEMORY_BYTES,
      settled: () => committer.settled(),
    });
    this.#engine = {
      db,
      clock,
      log,
      signer,
      push,
      policyServers,
      ids,
      actors,
      committer,
      resolver: new ResolverPool(db),
    };
    this.#onInbox = options.onInbox ?? (() => {});
    this.#receiver = new Receiver(this.#engine);
    this.#sends = new LocalSends(this.#engine, new LongWay(this.#engine, this.#receiver));
    this.#adopter = new RoomAdopter(this.#engine, this.#receiver);
  }

  /** Hot rooms, and the memory that they take. */
  get size(): { bytes: number; rooms: number } {
    return this.#engine.actors.size;
  }

  /** State resolutions done, and how many of them in a thread of their own. */
  get resolutions(): { done: number; large: number } {
    const { done, large } = this.#engine.resolver;
    return { done, large };
  }

  /** @param delivery how the command came, if from another process; so for the other commands. */
  async send(command: SendCommand, delivery?: Delivery): Promise<SendResult> {
    const [result] = await this.#sends.send(command.roomId, [command.event], command.txn, delivery);
    return result as SendResult;
  }

  async sendAll(command: { roomId: string; events: NewEvent[] }, delivery?: Delivery): Promise<SendResult[]> {
    return this.#sends.send(command.roomId, command.events, undefined, delivery);
  }

  async createRoom(command: CreateRoomCommand, delivery?: Delivery): Promise<CreateRoomResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#createRoom(command, delivery);
      } catch (error) {
        // Another process made the same create event, which is another room all the same.
        const again = error instanceof RoomIdTakenError && command.roomId === undefined && attempt < MOST_TRIES;
        if (!again) throw error;
        this.#lastCreated += Math.ceil(Math.random() * APART_MS);
      }
    }
  }

  async #createRoom(command: CreateRoomCommand, delivery: Delivery | undefined): Promise<CreateRoomResult> {
    const { db, clock, push, ids, actors, committer } = this.#engine;
    const version = versionOf(command.roomVersion);
    const { creator, isPublic, events } = command;
    const count = events.length;
    if (delivery?.repeated) {
      const made = await getDeliveredRoom(db, { creator, id: delivery.id, count });
      const last = made.at(-1);
      if (last) return { roomId: last.roomId, eventIds: made.map((e) => e.eventId), position: last.position };
    }
    const roomNid = await takeIdBlock(db, 'room_nids');
    const roomPush = await push?.forNewRoom(roomNid);
    while (!ids.has(count, count)) await ids.reserve(count, count);
    // From here to the queue nothing waits, so the slot cannot be given away in between.
    // Where the create event's hash is the room's id, no two of them may be alike.
    const now = version.roomIdIsHash ? Math.max(clock.now(), this.#lastCreated + 1) : clock.now();
    if (version.roomIdIsHash) this.#lastCreated = now;
    const head = { roomNid, roomId: command.roomId ?? '', roomVersion: version.id, creator, createdTs: now, isPublic };
    const actor = actors.make({ ...head, stateGroup: 0, depth: 0, blockedBy: null, extremities: [] }, version);
    actor.push = roomPush;
    const planned: PlannedEvent[] = [];
    for (const event of events) {
      const plan = actor.plan(event, {}, now, planned.length === 0 ? transactionOf(delivery) : undefined);
      if (!('existing' in plan)) planned.push(plan);
    }
    const aliases = command.aliases.map((alias) => ({ alias, creator }));
    const positions = await committer.add({ actor, planned, aliases });
    actors.put(actor);
    return {
      roomId: actor.head.roomId,
      eventIds: planned.map((p) => p.row.eventId),
      position: positions.at(-1) as number,
    };
  }

  async receive(command: ReceiveCommand): Promise<ReceiveResult[]> {
    return this.#receiver.receive(command);
  }

  async adopt(command: AdoptCommand): Promise<{ eventId: string; position: number }> {
    return this.#adopter.adopt(command);
  }

  async drainInbox(command: { roomId: string }): Promise<void> {
    this.#onInbox(command.roomId);
  }

  async evict(command: { roomId: string }): Promise<void> {
    this.#engine.actors.evict(command.roomId);
    // What is planned on the head that was dropped is written before anybody goes on.
    await this.#engine.committer.settled();
  }

  /** Resolves when everything taken so far is committed or refused. */
  async drain(): Promise<void> {
    await this.#engine.committer.settled();
  }

  /** Ends the thread for large resolutions, if one runs. */
  async close(): Promise<void> {
    await this.#engine.resolver.close();
  }

  /** A slot has come to this process. */
  slotGained(): void {
    this.#engine.actors.slotGained();
  }

  /** A slot is another process's: the heads of its rooms move elsewhere from now on. */
  slotLost(slot: number): void {
    this.#engine.actors.slotLost(slot);
  }
}
