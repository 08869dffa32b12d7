import assert from 'node:assert/strict';
import { authEventKeysFor } from '../../lib/spec/auth-rules.ts';
import { addHashesAndSignatures, eventIdOf, type Pdu, type UnsignedPdu } from '../../lib/spec/events.ts';
import { randomEventId } from '../../lib/spec/ids.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { getRoomVersion, type RoomVersion } from '../../lib/spec/room-versions.ts';
import type { FakeServer } from '../kit/fake-server.ts';

const seg = encodeURIComponent;
const ALL_VERSIONS = Array.from({ length: 12 }, (_, i) => `ver=${i + 1}`).join('&');

/** An event with its id. */
export interface MadeEvent {
  pdu: Pdu;
  eventId: string;
}

/** What an event is to be, beside what the room says. */
export interface EventWish {
  type: string;
  content: JsonObject;
  stateKey?: string;
  sender?: string;
  /** Previous events; the newest that the peer knows when left out. */
  prev?: string[];
  depth?: number;
}

/** A room as a fake server sees it that has joined it: it can make events there. */
export class PeerRoom {
  readonly roomId: string;
  readonly version: RoomVersion;
  readonly userId: string;
  readonly fake: FakeServer;
  /** State by type and state key. */
  readonly state = new Map<string, MadeEvent>();
  /** Every event that the peer has. */
  readonly events = new Map<string, Pdu>();
  /** The answer to its `send_join`. */
  readonly answer: JsonObject;
  newest: string;
  depth: number;

  constructor(fake: FakeServer, userId: string, version: RoomVersion, join: MadeEvent, answer: JsonObject) {
    this.fake = fake;
    this.userId = userId;
    this.version = version;
    this.answer = answer;
    this.roomId = join.pdu.room_id as string;
    for (const pdu of [...(answer['auth_chain'] as unknown as Pdu[]), ...(answer['state'] as unknown as Pdu[])]) {
      this.events.set(eventIdOf(pdu, version), pdu);
    }
    for (const pdu of answer['state'] as unknown as Pdu[]) this.#note({ pdu, eventId: eventIdOf(pdu, version) });
    this.#note(join);
    this.newest = join.eventId;
    this.depth = join.pdu.depth;
  }

  #note(event: MadeEvent): void {
    this.events.set(event.eventId, event.pdu);
    if (event.pdu.state_key !== undefined) this.state.set(`${event.pdu.type}\0${event.pdu.state_key}`, event);
  }

  /** Makes an event on top of the newest, and notes it as the newest. */
  make(wish: EventWish): MadeEvent {
    const event = this.draft(wish);
    this.#note(event);
    this.newest = event.eventId;
    this.depth = event.pdu.depth;
    return event;
  }

  /** Makes an event and notes nothing. */
  draft({ type, content, stateKey, sender = this.userId, prev = [this.newest], depth }: EventWish): MadeEvent {
    const { version } = this;
    const reference = (id: string) => (version.eventFormat === 'pairs' ? [id, { sha256: 'x' }] : id);
    const shape = { type, content, sender, ...(stateKey === undefined ? {} : { state_key: stateKey }) };
    const auth = authEventKeysFor(shape, version).flatMap((key) => this.state.get(key.join('\0'))?.eventId ?? []);
    const unsigned = {
      ...shape,
      room_id: this.roomId,
      origin_server_ts: Date.now(),
      depth: depth ?? this.depth + 1,
      prev_events: prev.map(reference),
      auth_events: auth.map(reference),
      ...(version.eventIdFormat === 'domain' ? { event_id: randomEventId(this.fake.name) } : {}),
    };
    return signed(this.fake, unsigned as unknown as UnsignedPdu, version);
  }

  /** Makes a text message. */
  say(body: string, wish: Partial<EventWish> = {}): MadeEvent {
    return this.make({ type: 'm.room.message', content: { msgtype: 'm.text', body }, ...wish });
  }

  /** Sends events in a transaction; the results by event id. */
  async send(
    destination: string,
    events: (MadeEvent | JsonObject)[],
    edus: JsonObject[] = [],
  ): Promise<Record<string, { error?: string }>> {
    const pdus = events.map((event) => ('eventId' in event ? (event.pdu as unknown as JsonObject) : event));
    const answer = await sendTransaction(this.fake, destination, { pdus, edus });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.pdus;
  }
}

let txn = 0;

/** Sends a transaction with an id of its own. */
export function sendTransaction(
  fake: FakeServer,
  destination: string,
  content: { pdus?: unknown[]; edus?: unknown[] },
  txnId = `t${++txn}`,
) {
  const body = { origin: fake.name, origin_server_ts: Date.now(), pdus: [], edus: [], ...content };
  return fake.request(destination, 'PUT', `/_matrix/federation/v1/send/${seg(txnId)}`, body as unknown as JsonObject);
}

/** Hashes and signs an event as a fake server. */
export function signed(fake: FakeServer, event: UnsignedPdu, version: RoomVersion): MadeEvent {
  const { pdu, eventId } = addHashesAndSignatures(event, version, fake.name, fake.key);
  return { pdu, eventId };
}

/** The template of `make_join` and its like, completed and signed. */
export async function makeMember(
  fake: FakeServer,
  destination: string,
  roomId: string,
  userId: string,
  membership: 'join' | 'leave' | 'knock' = 'join',
): Promise<MadeEvent & { version: RoomVersion }> {
  const path = `/_matrix/federation/v1/make_${membership}/${seg(roomId)}/${seg(userId)}?${ALL_VERSIONS}`;
  const made = await fake.request(destination, 'GET', path);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const version = getRoomVersion(made.body.room_version) as RoomVersion;
  const { origin: _origin, ...event } = made.body.event;
  if (version.eventIdFormat === 'domain') event.event_id = randomEventId(fake.name);
  return { ...signed(fake, event, version), version };
}

/** Joins a room at another server, as that server lets everybody. */
export async function joinAsPeer(
  fake: FakeServer,
  destination: string,
  roomId: string,
  userId = `@peer:${fake.name}`,
): Promise<PeerRoom> {
  const { version, ...join } = await makeMember(fake, destination, roomId, userId);
  const path = `/_matrix/federation/v2/send_join/${seg(roomId)}/${seg(join.eventId)}`;
  const sent = await fake.request(destination, 'PUT', path, join.pdu as unknown as JsonObject);
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  return new PeerRoom(fake, userId, version, { ...join, pdu: sent.body.event }, sent.body);
}
