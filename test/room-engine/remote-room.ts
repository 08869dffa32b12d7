import { isAuthorised } from '../../lib/spec/auth-rules.ts';
import { authEventKeysFor } from '../../lib/spec/auth-selection.ts';
import {
  addHashesAndSignatures,
  authEventIds,
  type Pdu,
  prevEventIds,
  roomIdFromCreateEventId,
  type UnsignedPdu,
} from '../../lib/spec/events.ts';
import { randomEventId, randomRoomId, serverNameOf } from '../../lib/spec/ids.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { getRoomVersion, type RoomVersion } from '../../lib/spec/room-versions.ts';
import { generateSigningKey, type SigningKey } from '../../lib/spec/signing.ts';
import {
  type ResolutionEvent,
  resolutionEventOf,
  resolveState,
  type StateMap,
  stateKeyOf,
} from '../../lib/spec/state-resolution/index.ts';
import type { AdoptCommand, EventsWriter, ReceivedPdu, ReceiveResult } from '../../lib/streams/writers.ts';
import { LOCAL, LOCAL_KEY, ME } from './engine-kit.ts';

export const ALICE = '@alice:a.example';
export const BOB = '@bob:b.example';
export const CAROL = '@carol:c.example';

const keys = new Map<string, SigningKey>([[LOCAL, LOCAL_KEY]]);

/** The key with which a server signs in tests. */
export function keyOf(serverName: string): SigningKey {
  const key = keys.get(serverName) ?? generateSigningKey('1');
  keys.set(serverName, key);
  return key;
}

/** How an event differs from the ordinary. */
export interface RemoteOptions {
  /** Event ids that it follows; without them the last event made. */
  after?: string[];
  /** Replaces the auth events that are chosen from the state before it. */
  auth?: string[];
  ts?: number;
  depth?: number;
  /** Changes the event before it is hashed and signed. */
  change?(pdu: Record<string, unknown>): void;
  /** It breaks the auth rules, and its makers take it for rejected. */
  rejected?: boolean;
}

/** An event as other servers know it, with the state before and after it as they resolve it. */
export interface RemoteEvent {
  pdu: Pdu;
  eventId: string;
  before: StateMap;
  after: StateMap;
  rejected: boolean;
}

/**
 * A room of other servers, grown event by event in memory, with real ids, hashes and signatures. State is resolved by
 * `lib/spec` over the whole graph, so it is what an engine's state groups and chain cover are compared with.
 */
export class RemoteRoom {
  readonly version: RoomVersion;
  readonly events = new Map<string, RemoteEvent>();
  readonly #resolution = new Map<string, ResolutionEvent>();
  roomId: string;
  last = '';
  clock: number;

  constructor(version: string, clock = 1_600_000_000_000 + Math.floor(Math.random() * 1e10)) {
    this.version = getRoomVersion(version) as RoomVersion;
    this.roomId = this.version.roomIdIsHash ? '' : randomRoomId('a.example');
    this.clock = clock;
  }

  /** Create, Alice's join, power levels, join rules. */
  start(options: { levels?: JsonObject; joinRule?: string; create?: JsonObject; rules?: JsonObject } = {}): this {
    const { version } = this;
    const creator = version.creatorIsSender ? {} : { creator: ALICE };
    this.state('m.room.create', '', ALICE, { ...creator, room_version: version.id, ...options.create });
    this.member(ALICE, ALICE, 'join');
    this.levels(options.levels ?? {});
    this.state('m.room.join_rules', '', ALICE, { join_rule: options.joinRule ?? 'public', ...options.rules });
    return this;
  }

  member(sender: string, target: string, membership: string, options?: RemoteOptions): string {
    return this.state('m.room.member', target, sender, { membership }, options);
  }

  /** Power levels: Alice has 100, in version 12 without being named. */
  levels(users: JsonObject, options?: RemoteOptions, sender = ALICE): string {
    const own: JsonObject = this.version.privilegedCreators ? {} : { [ALICE]: 100 };
    return this.state('m.room.power_levels', '', sender, { users: { ...own, ...users } }, options);
  }

  topic(sender: string, topic: string, options?: RemoteOptions): string {
    return this.state('m.room.topic', '', sender, { topic }, options);
  }

  say(sender: string, body: string, options?: RemoteOptions): string {
    return this.add({ type: 'm.room.message', sender, content: { msgtype: 'm.text', body } }, options);
  }

  state(type: string, stateKey: string, sender: string, content: JsonObject, options?: RemoteOptions): string {
    return this.add({ type, stateKey, sender, content }, options);
  }

  redact(sender: string, redacts: string, options: RemoteOptions = {}): string {
    const inContent = this.version.redactsInContent;
    return this.add(
      { type: 'm.room.redaction', sender, content: inContent ? { redacts } : {} },
      { ...options, change: (pdu) => (inContent ? undefined : Object.assign(pdu, { redacts })) },
    );
  }

  /** Makes an event and takes it into the graph. Returns its id. */
  add(
    event: { type: string; stateKey?: string; sender: string; content: JsonObject },
    options: RemoteOptions = {},
  ): string {
    const { type, stateKey, sender, content } = event;
    const prev = options.after ?? (this.last === '' ? [] : [this.last]);
    const before = this.stateAfter(prev);
    const shape = { type, sender, content, ...(stateKey === undefined ? {} : { state_key: stateKey }) };
    const auth =
      options.auth ?? authEventKeysFor(shape, this.version).flatMap(([t, k]) => before.get(stateKeyOf(t, k)) ?? []);
    this.clock = options.ts ?? this.clock + 1000;
    const reference = (id: string) => (this.version.eventFormat === 'pairs' ? [id, { sha256: '' }] : id);
    const pdu: Record<string, unknown> = {
      ...shape,
      room_id: this.roomId,
      origin_server_ts: this.clock,
      depth: options.depth ?? 1 + Math.max(0, ...prev.map((id) => this.get(id).pdu.depth)),
      prev_events: prev.map(reference),
      auth_events: auth.map(reference),
    };
    const server = serverNameOf(sender) as string;
    if (this.version.eventIdFormat === 'domain') pdu['event_id'] = randomEventId(server);
    if (type === 'm.room.create' && this.version.roomIdIsHash) delete pdu['room_id'];
    options.change?.(pdu);
    const signed = addHashesAndSignatures(pdu as unknown as UnsignedPdu, this.version, server, keyOf(server));
    if (type === 'm.room.create' && this.version.roomIdIsHash) this.roomId = roomIdFromCreateEventId(signed.eventId);
    this.#take(signed.pdu, signed.eventId, before, options.rejected ?? false);
    return signed.eventId;
  }

  /** Whether the room would allow the event after those. */
  allows(event: { type: string; stateKey?: string; sender: string; content: JsonObject }, after: string[]): boolean {
    const before = this.stateAfter(after);
    const { type, stateKey, sender, content } = event;
    const reference = (id: string) => (this.version.eventFormat === 'pairs' ? [id, { sha256: '' }] : id);
    const shape = {
      eventId: '$draft:x',
      room_id: this.roomId,
      type,
      sender,
      content,
      prev_events: after.map(reference) as Pdu['prev_events'],
      ...(stateKey === undefined ? {} : { state_key: stateKey }),
    };
    return isAuthorised(shape, this.version, (t, k) => this.#resolution.get(before.get(stateKeyOf(t, k)) ?? ''));
  }

  get(eventId: string): RemoteEvent {
    const event = this.events.get(eventId);
    if (!event) throw new Error(`there is no event ${eventId}`);
    return event;
  }

  pdu(eventId: string): Pdu {
    return this.get(eventId).pdu;
  }

  /** The state after all of these events, resolved. */
  stateAfter(eventIds: readonly string[]): StateMap {
    const sets = [...new Set(eventIds.map((id) => this.get(id).after))];
    if (sets.length <= 1) return sets[0] ?? new Map();
    return resolveState(this.version, sets, this.#resolution);
  }

  /** All events that the given ones rest on by `auth_events`. */
  authChain(eventIds: Iterable<string>): Set<string> {
    const chain = new Set<string>();
    const todo = [...eventIds];
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      for (const cited of authEventIds(this.pdu(id), this.version)) {
        if (chain.has(cited)) continue;
        chain.add(cited);
        todo.push(cited);
      }
    }
    return chain;
  }

  /** Events that no other follows. */
  tips(): string[] {
    const followed = new Set(
      [...this.events.values()].flatMap((event) => (event.rejected ? [] : prevEventIds(event.pdu, this.version))),
    );
    return [...this.events.values()].filter((e) => !e.rejected && !followed.has(e.eventId)).map((e) => e.eventId);
  }

  /** A user of this server joins, after the last event: the room is an engine's from now on. */
  async joinedBy(events: EventsWriter, userId = ME): Promise<string> {
    const state = [...this.stateAfter([this.last]).values()];
    const joined = this.member(userId, userId, 'join');
    await this.adoptedBy(events, joined, state);
    return joined;
  }

  /** Gives a room to an engine by an event that a user of this server enters it with. */
  async adoptedBy(events: EventsWriter, joined: string, state: string[]): Promise<void> {
    const command: AdoptCommand = {
      roomId: this.roomId,
      roomVersion: this.version.id,
      event: this.pdu(joined) as JsonObject,
      state: state.map((id) => this.pdu(id) as JsonObject),
      authChain: [...this.authChain(state)].map((id) => this.pdu(id) as JsonObject),
      origin: 'a.example',
    };
    await events.adopt(command);
  }

  /** Gives events to an engine, as one transaction. */
  async sendTo(events: EventsWriter, ids: string[], more: Partial<ReceivedPdu> = {}): Promise<ReceiveResult[]> {
    const pdus = ids.map((id): ReceivedPdu => ({ pdu: this.pdu(id) as JsonObject, ...more }));
    return events.receive({ roomId: this.roomId, origin: 'a.example', pdus });
  }

  #take(pdu: Pdu, eventId: string, before: StateMap, rejected: boolean): void {
    const after =
      pdu.state_key === undefined || rejected
        ? before
        : new Map(before).set(stateKeyOf(pdu.type, pdu.state_key), eventId);
    this.events.set(eventId, { pdu, eventId, before, after, rejected });
    if (pdu.state_key !== undefined) {
      const event = resolutionEventOf(pdu, eventId, this.version, rejected);
      this.#resolution.set(eventId, event);
    }
    this.last = eventId;
  }
}
