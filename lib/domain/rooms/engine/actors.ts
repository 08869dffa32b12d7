import { MatrixError, notFound } from '../../../spec/errors.ts';
import { getRoomVersion, type RoomVersion } from '../../../spec/room-versions.ts';
import type { Database } from '../../../storage/database.ts';
import {
  getRoomHead,
  getStateChain,
  getStateChainAfter,
  getStateEntries,
  type RoomHead,
} from '../../../storage/rooms/room-head.ts';
import { getStateEvents } from '../../../storage/state/state-events.ts';
import { NotMineError } from '../../../streams/replication/not-mine.ts';
import type { PushDecider } from '../../push/room-push.ts';
import { type EventSigner, hashIn, type IdSource, RoomActor } from '../room-actor.ts';
import { LINKS_WITH_CONTENT, StateChain } from '../state-chain.ts';
import { ActorCache } from './actor-cache.ts';
import type { SlotHolder } from './slot-holder.ts';

/** What {@link RoomActors} works with. */
export interface RoomActorsOptions {
  db: Database;
  slots: SlotHolder;
  signer: EventSigner;
  ids: IdSource;
  push: PushDecider | undefined;
  memoryBytes: number;
  /** Resolves when everything that is planned so far is committed or refused. */
  settled(): Promise<void>;
}

/** The actors of this process: one for each active room whose slot it holds. */
export class RoomActors {
  readonly #options: RoomActorsOptions;
  readonly #cache: ActorCache;
  readonly #loading = new Map<string, Promise<RoomActor>>();
  /** The epoch of its slot under which an actor was loaded: what is planned on it may be written under no other. */
  readonly epochs = new WeakMap<RoomActor, number>();
  readonly #loadingPush = new WeakMap<RoomActor, Promise<void>>();
  /** Generation of an actor's state up to which everything planned before is committed. */
  readonly #settledUpTo = new WeakMap<RoomActor, number>();
  /** Grows whenever a slot comes to this process. */
  #gains = 0;

  constructor(options: RoomActorsOptions) {
    this.#options = options;
    this.#cache = new ActorCache(options.memoryBytes);
  }

  /** Memory of hot rooms, and how many there are. */
  get size(): { bytes: number; rooms: number } {
    return { bytes: this.#cache.bytes, rooms: this.#cache.size };
  }

  /**
   * The actor of a known room.
   * @throws MatrixError 404 for an unknown room. @throws NotMineError when another process has it.
   */
  async get(roomId: string): Promise<RoomActor> {
    const known = this.#cache.get(roomId);
    if (known) return known;
    let loading = this.#loading.get(roomId);
    if (!loading) {
      loading = this.#load(roomId).finally(() => this.#loading.delete(roomId));
      this.#loading.set(roomId, loading);
    }
    return loading;
  }

  /** An actor for a room that is being made, in one of this process's slots. Nothing waits in here. */
  make(head: Omit<RoomHead, 'slot'>, version: RoomVersion): RoomActor {
    const held = this.#options.slots.held();
    const slot = held[Math.floor(Math.random() * held.length)];
    const epoch = slot === undefined ? undefined : this.#options.slots.epochOf(slot);
    if (slot === undefined || epoch === undefined) throw new NotMineError('event-persister');
    const { signer, ids } = this.#options;
    const actor = new RoomActor({ head: { ...head, slot }, version, signer, ids, isNew: true });
    this.epochs.set(actor, epoch);
    return actor;
  }

  /** An actor for a room that is known by name only, or that is taken over as others know it. */
  wrap(head: RoomHead, version: RoomVersion): RoomActor {
    const epoch = this.#options.slots.epochOf(head.slot);
    if (epoch === undefined) throw new NotMineError('event-persister', head.slot);
    const { signer, ids } = this.#options;
    const actor = new RoomActor({ head, version, signer, ids, isNew: false });
    this.epochs.set(actor, epoch);
    return actor;
  }

  /** Makes an actor the one that later commands find. */
  put(actor: RoomActor): void {
    if (!actor.dead) this.#cache.set(actor.head.roomId, actor);
  }

  /**
   * Whether something may be planned on an actor now; if not, it has to be loaded anew.
   * @throws NotMineError when another process has the room by now.
   */
  isUsable(actor: RoomActor): boolean {
    if (actor.dead || actor.retired) return false;
    const epoch = this.#options.slots.epochOf(actor.head.slot);
    if (epoch === undefined) throw new NotMineError('event-persister', actor.head.slot);
    if (epoch === this.epochs.get(actor)) return true;
    // The slot was away and came back: the room may have moved on meanwhile.
    this.#cache.remove(actor);
    return false;
  }

  /** Weighs an actor after a commit, and gives up what it does not need when nothing more is on its way. */
  committed(actor: RoomActor): void {
    if (actor.pending === 0) actor.state.trim();
    const { bytes, weighed } = actor;
    if (bytes > weighed + 20_000 || bytes > weighed * 1.2 || bytes < weighed / 2) this.#cache.weigh(actor);
  }

  /** Takes an actor out of use; what is planned on it is still written. */
  retire(actor: RoomActor): void {
    this.#cache.remove(actor);
  }

  /** Refuses all that is planned on an actor and not written. */
  kill(actor: RoomActor): void {
    actor.dead = true;
    this.#cache.remove(actor);
  }

  /** Drops what is cached of a room. */
  evict(roomId: string): void {
    const actor = this.#cache.get(roomId);
    if (actor) this.#cache.remove(actor);
  }

  slotGained(): void {
    this.#gains++;
  }

  slotLost(slot: number): void {
    for (const actor of this.#cache.values()) if (actor.head.slot === slot) this.#cache.remove(actor);
  }

  /** Gives an actor the push rules of its members. */
  async loadPush(actor: RoomActor): Promise<void> {
    const { push } = this.#options;
    if (!push || actor.push) return;
    let loading = this.#loadingPush.get(actor);
    if (!loading) {
      loading = push.forRoom(actor.head.roomNid).then((loaded) => {
        actor.push = loaded;
      });
      this.#loadingPush.set(actor, loading);
      loading.catch(() => this.#loadingPush.delete(actor));
    }
    await loading;
  }

  /** Reads entries of the current state into an actor, as they are with everything planned. */
  async loadKeys(actor: RoomActor, keys: [string, string][]): Promise<void> {
    const { state } = actor;
    for (let missing = state.missing(keys); missing.length > 0; missing = state.missing(keys)) {
      const { generation } = state;
      // What was given up changed by something planned: before it is committed the database says what was before.
      if (generation > (this.#settledUpTo.get(actor) ?? 0)) {
        await this.#options.settled();
        this.#settledUpTo.set(actor, generation);
      }
      state.load(generation, missing, await getStateEntries(this.#options.db, actor.head.roomNid, missing));
      if (actor.dead) return;
    }
  }

  /** Makes an actor's state chain ready for that many changes. */
  async loadChain(actor: RoomActor, times: number): Promise<void> {
    const { db, settled } = this.#options;
    while (!actor.dead) {
      const { chain } = actor;
      const group = actor.head.stateGroup;
      if (!chain) {
        await settled();
        actor.loadChain(group, await getStateChain(db, group, LINKS_WITH_CONTENT));
        continue;
      }
      const after = chain.missing(times);
      if (after === undefined) return;
      await settled();
      if (chain.group !== null) await this.#loadLevel(chain, chain.group, after);
    }
  }

  /** The chain of a stored group, ready for one change. */
  async chainOf(group: number): Promise<StateChain> {
    if (group === 0) return new StateChain([]);
    const chain = new StateChain(await getStateChain(this.#options.db, group, LINKS_WITH_CONTENT));
    const after = chain.missing(1);
    if (after !== undefined) await this.#loadLevel(chain, group, after);
    return chain;
  }

  async #loadLevel(chain: StateChain, group: number, after: number): Promise<void> {
    chain.load(group, after, await getStateChainAfter(this.#options.db, group, after));
  }

  /** Reads the extremities' own hashes. */
  async #loadHashes(head: RoomHead, version: RoomVersion): Promise<void> {
    const nids = head.extremities.map((x) => x.eventNid);
    for (const { eventNid, json } of await getStateEvents(this.#options.db, nids)) {
      const extremity = head.extremities.find((x) => x.eventNid === eventNid);
      if (extremity) Object.assign(extremity, hashIn(JSON.parse(json), version));
    }
  }

  async #load(roomId: string): Promise<RoomActor> {
    // What is still being written belongs to the head that is about to be read.
    await this.#options.settled();
    const gains = this.#gains;
    const head = await getRoomHead(this.#options.db, roomId);
    if (!head || head.extremities.length === 0) throw notFound('The room is not known to this server.');
    const version = versionOf(head.roomVersion);
    if (version.eventFormat === 'pairs') await this.#loadHashes(head, version);
    const actor = this.wrap(head, version);
    // Where the slot came while the head was read, its owner before may have moved the head after that.
    if (gains !== this.#gains) return this.#load(roomId);
    this.#cache.set(roomId, actor);
    return actor;
  }
}

/** A room version by its id. @throws MatrixError 400 M_UNSUPPORTED_ROOM_VERSION */
export function versionOf(id: string): RoomVersion {
  const version = getRoomVersion(id);
  if (!version)
    throw new MatrixError(400, 'M_UNSUPPORTED_ROOM_VERSION', `Room version ${id} is not known to this server.`);
  return version;
}
