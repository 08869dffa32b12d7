import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventIdOf, type Pdu } from '../../lib/spec/events.ts';
import type { FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom, say, type TestServer, type TestUser } from '../kit/server.ts';
import { act, putState, seg } from '../rooms/room-helpers.ts';
import { joinAsPeer, type PeerRoom } from './peer-room.ts';

const HOME = 'home.test:8448';
const network = new TestNetwork();
let home: TestServer;
let alice: TestUser;
let peer: FakeServer;
let stranger: FakeServer;
let room: PeerRoom;
let roomId: string;

before(async () => {
  home = await network.homeserver(HOME);
  alice = await home.user('alice');
  peer = network.fake('peer.test:8448');
  stranger = network.fake('stranger.test:8448');
  roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '11' });
  room = await joinAsPeer(peer, HOME, roomId);
});
after(() => network.end());

const get = (path: string, who = peer) => who.request(HOME, 'GET', `/_matrix/federation/v1${path}`);
const ids = (pdus: Pdu[]) => pdus.map((pdu) => eventIdOf(pdu, room.version));

test('an event comes as its PDU, in a transaction of its own', async () => {
  const eventId = await say(alice, roomId, 'hello');
  const { status, body } = await get(`/event/${seg(eventId)}`);
  assert.equal(status, 200);
  assert.equal(body.origin, HOME);
  assert.equal(typeof body.origin_server_ts, 'number');
  assert.deepEqual(ids(body.pdus), [eventId]);
  assert.equal(body.pdus[0].content.body, 'hello');
  assert.equal(body.pdus[0].unsigned, undefined);
});

test('a redacted event comes as what is left of it', async () => {
  const eventId = await say(alice, roomId, 'secret');
  await alice.call('PUT', `/rooms/${seg(roomId)}/redact/${seg(eventId)}/x1`, {});
  const { body } = await get(`/event/${seg(eventId)}`);
  assert.deepEqual(body.pdus[0].content, {});
  assert.deepEqual(ids(body.pdus), [eventId]);
});

test('unknown events and rooms are not found, and those of rooms that a server is not in are not for it', async () => {
  const eventId = await say(alice, roomId, 'for those who are here');
  assert.deepEqual(await codes(get(`/event/${seg('$nothing')}`)), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get(`/event/${seg(eventId)}`, stranger)), [403, 'M_FORBIDDEN']);
  assert.deepEqual(await codes(get(`/state/!none:x?event_id=${seg(eventId)}`)), [404, 'M_NOT_FOUND']);
  for (const path of [
    `/state/${seg(roomId)}?event_id=${seg(eventId)}`,
    `/state_ids/${seg(roomId)}?event_id=${seg(eventId)}`,
    `/event_auth/${seg(roomId)}/${seg(eventId)}`,
    `/backfill/${seg(roomId)}?v=${seg(eventId)}&limit=5`,
    `/timestamp_to_event/${seg(roomId)}?ts=0&dir=f`,
  ]) {
    assert.deepEqual(await codes(get(path, stranger)), [403, 'M_FORBIDDEN'], path);
  }
  const other = await makeRoom(alice, { preset: 'public_chat' });
  assert.deepEqual(await codes(get(`/state/${seg(other)}?event_id=${seg(eventId)}`)), [403, 'M_FORBIDDEN']);
});

test('the state before an event, with its auth chain, as events and as ids', async () => {
  const topic = (await putState(alice, roomId, 'm.room.topic', { topic: 'one' })).body.event_id;
  const next = (await putState(alice, roomId, 'm.room.topic', { topic: 'two' })).body.event_id;
  const state = await get(`/state/${seg(roomId)}?event_id=${seg(next)}`);
  assert.equal(state.status, 200);
  const topics = state.body.pdus.filter((pdu: Pdu) => pdu.type === 'm.room.topic');
  assert.deepEqual(ids(topics), [topic]);
  const types = state.body.pdus.map((pdu: Pdu) => pdu.type);
  for (const type of ['m.room.create', 'm.room.power_levels', 'm.room.join_rules'])
    assert.ok(types.includes(type), type);
  assert.equal(types.filter((type: string) => type === 'm.room.member').length, 2);
  // The first state of the room is what everything rests on.
  assert.ok(state.body.auth_chain.some((pdu: Pdu) => pdu.type === 'm.room.create'));
  assert.ok(!ids(state.body.auth_chain).includes(topic));

  const { body } = await get(`/state_ids/${seg(roomId)}?event_id=${seg(next)}`);
  assert.deepEqual(new Set(body.pdu_ids), new Set(ids(state.body.pdus)));
  assert.deepEqual(new Set(body.auth_chain_ids), new Set(ids(state.body.auth_chain)));
  assert.deepEqual(await codes(get(`/state_ids/${seg(roomId)}?event_id=${seg('$none')}`)), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get(`/state_ids/${seg(roomId)}`)), [400, 'M_MISSING_PARAM']);
});

test('the auth chain of an event, without the event', async () => {
  const eventId = await say(alice, roomId, 'authorised');
  const { body } = await get(`/event_auth/${seg(roomId)}/${seg(eventId)}`);
  const types = body.auth_chain.map((pdu: Pdu) => `${pdu.type} ${pdu.state_key ?? ''}`).sort();
  assert.deepEqual(types, ['m.room.create ', `m.room.member ${alice.userId}`, 'm.room.power_levels ']);
});

test('backfill gives the events asked for and those before them, newest first, and no more than asked for', async () => {
  const sent: string[] = [];
  for (const body of ['a', 'b', 'c', 'd']) sent.push(await say(alice, roomId, body));
  const from = `v=${seg(sent[3] as string)}`;
  const { body } = await get(`/backfill/${seg(roomId)}?${from}&limit=3`);
  assert.deepEqual(ids(body.pdus), [sent[3], sent[2], sent[1]]);
  assert.equal(body.origin, HOME);
  const all = await get(`/backfill/${seg(roomId)}?${from}&limit=1000`);
  assert.equal(all.body.pdus.at(-1).type, 'm.room.create');
  assert.deepEqual(await codes(get(`/backfill/${seg(roomId)}?limit=3`)), [400, 'M_MISSING_PARAM']);
  assert.deepEqual(await codes(get(`/backfill/${seg(roomId)}?${from}&limit=x`)), [400, 'M_INVALID_PARAM']);
});

test('missing events are those in between, oldest first', async () => {
  const sent: string[] = [];
  for (const body of ['1', '2', '3', '4', '5']) sent.push(await say(alice, roomId, body));
  const path = `/_matrix/federation/v1/get_missing_events/${seg(roomId)}`;
  const wanted = { earliest_events: [sent[0] as string], latest_events: [sent[4] as string], limit: 10, min_depth: 0 };
  const { body } = await peer.request(HOME, 'POST', path, wanted);
  assert.deepEqual(ids(body.events), [sent[1], sent[2], sent[3]]);
  const few = await peer.request(HOME, 'POST', path, { ...wanted, limit: 2 });
  assert.deepEqual(ids(few.body.events), [sent[2], sent[3]]);
  const bad = await peer.request(HOME, 'POST', path, { ...wanted, latest_events: 'x' });
  assert.deepEqual([bad.status, bad.body.errcode], [400, 'M_BAD_JSON']);
});

test('the event nearest to a moment', async () => {
  const before = Date.now();
  const eventId = await say(alice, roomId, 'now');
  const { body } = await get(`/timestamp_to_event/${seg(roomId)}?ts=${before}&dir=f`);
  assert.equal(body.event_id, eventId);
  assert.ok(body.origin_server_ts >= before);
  assert.deepEqual(await codes(get(`/timestamp_to_event/${seg(roomId)}?ts=0&dir=b`)), [404, 'M_NOT_FOUND']);
});

test('a server gets no content of what was said while none of its users was there', async () => {
  const hidden = await makeRoom(alice, {
    preset: 'public_chat',
    initial_state: [{ type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } }],
  });
  const early = await say(alice, hidden, 'before you came');
  const { newest, version } = await joinAsPeer(peer, HOME, hidden);
  const late = await say(alice, hidden, 'you are here');
  const { body } = await get(`/backfill/${seg(hidden)}?v=${seg(late)}&limit=20`);
  const byId = new Map<string, Pdu>(body.pdus.map((pdu: Pdu) => [eventIdOf(pdu, version), pdu]));
  assert.equal(byId.get(late)?.content['body'], 'you are here');
  assert.deepEqual(byId.get(early)?.content, {});
  assert.equal(byId.get(newest)?.content['membership'], 'join');
});

test('a server that the access control list keeps out gets nothing', async () => {
  const closed = await makeRoom(alice, { preset: 'public_chat' });
  const eventId = await say(alice, closed, 'x');
  await joinAsPeer(peer, HOME, closed);
  await putState(alice, closed, 'm.room.server_acl', { allow: ['*'], deny: ['peer.*'] });
  const member = seg('@other:peer.test:8448');
  for (const path of [
    `/state/${seg(closed)}?event_id=${seg(eventId)}`,
    `/state_ids/${seg(closed)}?event_id=${seg(eventId)}`,
    `/event_auth/${seg(closed)}/${seg(eventId)}`,
    `/event/${seg(eventId)}`,
    `/backfill/${seg(closed)}?v=${seg(eventId)}&limit=1`,
    `/timestamp_to_event/${seg(closed)}?ts=0&dir=f`,
    `/make_join/${seg(closed)}/${member}?ver=12`,
    `/make_knock/${seg(closed)}/${member}?ver=12`,
    `/make_leave/${seg(closed)}/${seg('@peer:peer.test:8448')}`,
  ]) {
    assert.deepEqual(await codes(get(path)), [403, 'M_FORBIDDEN'], path);
  }
  await act(alice, closed, 'leave');
});

async function codes(answer: Promise<{ status: number; body: { errcode?: string } }>): Promise<[number, string?]> {
  const { status, body } = await answer;
  return [status, body.errcode];
}
