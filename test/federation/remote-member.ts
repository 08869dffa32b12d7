import assert from 'node:assert/strict';
import { authEventKeysFor } from '../../lib/spec/auth-rules.ts';
import { addHashesAndSignatures, type UnsignedPdu } from '../../lib/spec/events.ts';
import { randomEventId } from '../../lib/spec/ids.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { getRoomVersion } from '../../lib/spec/room-versions.ts';
import { getCurrentStateEvents } from '../../lib/storage/rooms/room-facts.ts';
import { getRoomHead } from '../../lib/storage/rooms/room-head.ts';
import type { FakeServer } from '../kit/fake-server.ts';
import type { TestServer } from '../kit/server.ts';

/** What an event of another server says. */
export interface RemoteEvent {
  type: string;
  sender: string;
  stateKey?: string;
  content: JsonObject;
}

/** Makes an event on top of what a room is now, signed by another server. */
export async function remoteEvent(
  server: TestServer,
  fake: FakeServer,
  roomId: string,
  { type, sender, stateKey, content }: RemoteEvent,
) {
  const { db } = server.ctx;
  const head = await getRoomHead(db, roomId);
  assert.ok(head);
  const version = getRoomVersion(head.roomVersion);
  assert.ok(version);
  const base = { type, sender, content, room_id: roomId, ...(stateKey === undefined ? {} : { state_key: stateKey }) };
  const state = await getCurrentStateEvents(db, head.roomNid, authEventKeysFor(base, version));
  const named = (ids: string[]) =>
    (version.eventFormat === 'pairs' ? ids.map((id) => [id, { sha256: '' }]) : ids) as string[];
  const event: UnsignedPdu = {
    ...base,
    depth: head.depth + 1,
    prev_events: named(head.extremities.map((one) => one.eventId)),
    auth_events: named(state.map((row) => row.eventId)),
    origin_server_ts: Date.now(),
    ...(version.eventIdFormat === 'domain' ? { event_id: randomEventId(fake.name) } : {}),
  };
  return addHashesAndSignatures(event, version, fake.name, fake.key);
}

/** Puts an event of another server into a room, as if it had come and been checked. */
export async function receiveFrom(
  server: TestServer,
  fake: FakeServer,
  roomId: string,
  event: RemoteEvent,
): Promise<string> {
  const { pdu } = await remoteEvent(server, fake, roomId, event);
  const pdus = [{ pdu: pdu as unknown as JsonObject }];
  const [result] = await server.ctx.writers.events.receive({ roomId, origin: fake.name, pdus });
  assert.equal(result?.status, 'accepted', result?.error);
  return result.eventId;
}

/** Has a user of another server join a public room. */
export function joinFrom(server: TestServer, fake: FakeServer, roomId: string, userId: string): Promise<string> {
  const content = { membership: 'join' };
  return receiveFrom(server, fake, roomId, { type: 'm.room.member', sender: userId, stateKey: userId, content });
}
