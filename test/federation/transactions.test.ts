import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Pdu, signEvent } from '../../lib/spec/events.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { getOldestAge } from '../../lib/storage/federation/inbox.ts';
import type { FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom, say, type TestServer, type TestUser } from '../kit/server.ts';
import { act, membershipIn, putState, seg, stateOf } from '../rooms/room-helpers.ts';
import { joinAsPeer, type MadeEvent, type PeerRoom, sendTransaction, signed } from './peer-room.ts';

const HOME = 'home.test:8448';
const network = new TestNetwork();
let home: TestServer;
let alice: TestUser;
let peer: FakeServer;
const PEER = '@peer:peer.test:8448';

before(async () => {
  home = await network.homeserver(HOME);
  alice = await home.user('alice');
  peer = network.fake('peer.test:8448');
});
after(() => network.end());

async function openRoom(body: JsonObject = {}): Promise<PeerRoom> {
  const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '11', ...body });
  return joinAsPeer(peer, HOME, roomId);
}

/** Waits until the room shows an event to alice. */
async function seen(room: PeerRoom, eventId: string): Promise<JsonObject> {
  for (let i = 0; ; i++) {
    const { status, body } = await alice.call('GET', `/rooms/${seg(room.roomId)}/event/${seg(eventId)}`);
    if (status === 200) return body;
    if (i > 200) throw new Error(`${eventId} was not shown: ${status} ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Waits until nothing is left in the inbox. */
async function drained(): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const [{ n }] = (await home.ctx.db.query('SELECT count(*) AS n FROM federation_inbox')) as [{ n: number }];
    if (n === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the inbox was not drained');
}

/** Bodies of the room's messages as alice sees them, oldest first. */
async function bodiesOf(room: PeerRoom): Promise<string[]> {
  const { body } = await alice.call('GET', `/rooms/${seg(room.roomId)}/messages?dir=b&limit=50`);
  return body.chunk
    .filter((event: { type: string }) => event.type === 'm.room.message')
    .map((event: { content: { body: string } }) => event.content.body)
    .reverse();
}

test('events are taken in, in order, and shown', async () => {
  const room = await openRoom();
  const events = ['one', 'two', 'three'].map((body) => room.say(body));
  const results = await room.send(HOME, events);
  assert.deepEqual(results, Object.fromEntries(events.map((event) => [event.eventId, {}])));
  const last = await seen(room, (events[2] as MadeEvent).eventId);
  assert.equal(last['sender'], PEER);
  assert.deepEqual(await bodiesOf(room), ['one', 'two', 'three']);
});

for (const version of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '12']) {
  test(`room version ${version}: messages and state of another server`, async () => {
    const room = await openRoom({ room_version: version });
    await putState(alice, room.roomId, 'm.room.power_levels', {
      users: version === '12' ? { [PEER]: 50 } : { [PEER]: 50, [alice.userId]: 100 },
    });
    const path = `/_matrix/federation/v1/state/${seg(room.roomId)}`;
    const marker = await say(alice, room.roomId, 'marker');
    const { body } = await peer.request(HOME, 'GET', `${path}?event_id=${seg(marker)}`);
    const levels = body.pdus.find((pdu: Pdu) => pdu.type === 'm.room.power_levels');
    const { eventIdOf } = await import('../../lib/spec/events.ts');
    room.state.set('m.room.power_levels\0', { pdu: levels, eventId: eventIdOf(levels, room.version) });
    room.newest = marker;
    room.depth += 2;
    const topic = room.make({ type: 'm.room.topic', stateKey: '', content: { topic: 'theirs' } });
    const message = room.say('said');
    assert.deepEqual(await room.send(HOME, [topic, message]), { [topic.eventId]: {}, [message.eventId]: {} });
    await seen(room, message.eventId);
    assert.deepEqual(await stateOf(home, room.roomId, 'm.room.topic'), { topic: 'theirs' });
  });
}

test('the same transaction is taken once, and its answer is the same', async () => {
  const room = await openRoom();
  const event = room.say('once');
  const pdus = [event.pdu];
  const first = await sendTransaction(peer, HOME, { pdus }, 'same');
  await seen(room, event.eventId);
  const other = room.say('not with this id');
  const again = await sendTransaction(peer, HOME, { pdus: [other.pdu] }, 'same');
  assert.deepEqual(again.body, first.body);
  // Ids of transactions are each server's own.
  const second = network.fake('second.test:8448');
  assert.deepEqual((await sendTransaction(second, HOME, {}, 'same')).body, { pdus: {} });
  await drained();
  assert.deepEqual(await bodiesOf(room), ['once']);
  // In a transaction of its own the same event is no second one.
  assert.deepEqual((await sendTransaction(peer, HOME, { pdus })).body, { pdus: { [event.eventId]: {} } });
  await drained();
  assert.deepEqual(await bodiesOf(room), ['once']);
});

test('a transaction that is too large, or is none, is refused', async () => {
  const room = await openRoom();
  const pdus = Array.from({ length: 51 }, (_, i) => room.draft({ type: 'm.room.message', content: { i } }).pdu);
  const events = await sendTransaction(peer, HOME, { pdus });
  assert.deepEqual([events.status, events.body.errcode], [400, 'M_BAD_JSON']);
  const edus = Array.from({ length: 101 }, () => ({ edu_type: 'x', content: {} }));
  const many = await sendTransaction(peer, HOME, { edus });
  assert.deepEqual([many.status, many.body.errcode], [400, 'M_BAD_JSON']);
  const wrong = await sendTransaction(peer, HOME, { pdus: 'x' as never });
  assert.deepEqual([wrong.status, wrong.body.errcode], [400, 'M_BAD_JSON']);
  const allowed = await sendTransaction(peer, HOME, { pdus: pdus.slice(0, 50), edus: edus.slice(0, 100) });
  assert.equal(allowed.status, 200);
  await drained();
});

test('what is wrong with one event is said of it, and the others are taken', async () => {
  const room = await openRoom();
  const good = room.say('good');
  const forged = room.draft({ type: 'm.room.message', content: { body: 'forged' } });
  const wrongKey = { ...forged.pdu, signatures: { [peer.name]: { [peer.key.keyId]: 'A'.repeat(86) } } };
  const unsigned = room.draft({ type: 'm.room.message', content: { body: 'unsigned' } });
  const foreign = room.draft({ type: 'm.room.message', content: { body: 'foreign' }, sender: '@x:second.test:8448' });
  const badDepth = room.draft({ type: 'm.room.message', content: {} });
  const long = room.draft({ type: 'm.room.message', content: { body: 'x'.repeat(70_000) } });
  const { body } = await sendTransaction(peer, HOME, {
    pdus: [
      wrongKey,
      { ...unsigned.pdu, signatures: {} },
      foreign.pdu,
      { ...badDepth.pdu, depth: 'deep' },
      long.pdu,
      { room_id: '!unknown:peer.test:8448', type: 'x' },
      { type: 'no room' },
      'text',
      null,
      good.pdu,
    ],
  });
  assert.deepEqual(body.pdus[good.eventId], {});
  for (const event of [forged, unsigned, foreign, long]) assert.match(body.pdus[event.eventId].error, /\w/);
  await seen(room, good.eventId);
  assert.deepEqual(await bodiesOf(room), ['good']);
});

test('an event whose hash is wrong is taken without its content', async () => {
  const room = await openRoom();
  const event = room.say('true');
  await room.send(HOME, [{ ...event.pdu, content: { body: 'changed' } } as unknown as JsonObject]);
  assert.deepEqual((await seen(room, event.eventId))['content'], {});
});

test('a server that the access control list keeps out is told so for each event', async () => {
  const room = await openRoom();
  await putState(alice, room.roomId, 'm.room.server_acl', { allow: ['*'], deny: ['peer.test'] });
  const event = room.say('kept out');
  const results = await room.send(HOME, [event]);
  assert.match(results[event.eventId]?.error ?? '', /peer\.test/);
  await drained();
  assert.deepEqual(await bodiesOf(room), []);
});

test('a rejected event is neither shown nor built upon', async () => {
  const room = await openRoom();
  const forbidden = room.make({ type: 'm.room.name', stateKey: '', content: { name: 'not allowed' } });
  assert.deepEqual(await room.send(HOME, [forbidden]), { [forbidden.eventId]: {} });
  await drained();
  assert.equal(await stateOf(home, room.roomId, 'm.room.name'), undefined);
  const mine = await say(alice, room.roomId, 'after');
  const { body } = await peer.request(HOME, 'GET', `/_matrix/federation/v1/event/${seg(mine)}`);
  assert.ok(!body.pdus[0].prev_events.includes(forbidden.eventId));
});

test('what a banned user says on an old part of the graph is not shown', async () => {
  const room = await openRoom();
  const before = room.newest;
  await act(alice, room.roomId, 'ban', { user_id: PEER });
  const event = room.say('evading', { prev: [before] });
  assert.deepEqual(await room.send(HOME, [event]), { [event.eventId]: {} });
  await drained();
  assert.deepEqual(await bodiesOf(room), []);
  assert.equal(await membershipIn(home, room.roomId, PEER), 'ban');
});

test('events in between are fetched from the server that sent the newest', async () => {
  const room = await openRoom();
  const missed = [room.say('missed 1'), room.say('missed 2')];
  const newest = room.say('newest');
  let asked: JsonObject | undefined;
  peer.on(
    'POST',
    new RegExp(`/get_missing_events/${seg(room.roomId).replace(/[.*+?^$()|[\]\\]/g, '\\$&')}`),
    ({ body }) => {
      asked = body;
      return { events: missed.map((event) => event.pdu) as never };
    },
  );
  await room.send(HOME, [newest]);
  await seen(room, newest.eventId);
  assert.deepEqual(await bodiesOf(room), ['missed 1', 'missed 2', 'newest']);
  assert.deepEqual(asked?.['latest_events'], [newest.eventId]);
  assert.deepEqual(asked?.['earliest_events'], [missed[0]?.pdu.prev_events[0]]);
});

/** Has the fake server tell of its room: some events in between, every single one, and some states. */
function serveRoom(room: PeerRoom, between: MadeEvent[], stateBefore: Map<string, string[]>): void {
  peer.on('POST', /\/get_missing_events\//, () => ({ events: between.map((event) => event.pdu) as never }));
  peer.on('GET', /\/_matrix\/federation\/v1\/event\/(.+)/, (_request, match) => {
    const pdu = room.events.get(decodeURIComponent(match[1] as string));
    return pdu ? { pdus: [pdu as never], origin: peer.name, origin_server_ts: 1 } : [404, { errcode: 'M_NOT_FOUND' }];
  });
  peer.on('GET', /\/state_ids\//, ({ query }) => {
    const ids = stateBefore.get(query.get('event_id') as string);
    return ids ? { pdu_ids: ids, auth_chain_ids: [] } : [404, { errcode: 'M_NOT_FOUND' }];
  });
}

test('across a gap that cannot be filled the room goes on by the state at its edge', async () => {
  const room = await openRoom();
  const state = [...room.state.values()].map((event) => event.eventId);
  const lost = room.say('out of reach');
  const edge = room.say('edge');
  const newest = room.say('newest');
  serveRoom(room, [edge], new Map([[lost.eventId, state]]));
  await room.send(HOME, [newest]);
  await seen(room, newest.eventId);
  peer.on('GET', /\/backfill\//, () => [404, { errcode: 'M_NOT_FOUND', error: 'no' }]);
  assert.deepEqual(await bodiesOf(room), ['edge', 'newest']);
  const mine = await say(alice, room.roomId, 'mine');
  const { body } = await peer.request(HOME, 'GET', `/_matrix/federation/v1/event/${seg(mine)}`);
  assert.ok(body.pdus[0].prev_events.includes(newest.eventId));
  const outlier = await peer.request(
    HOME,
    'GET',
    `/_matrix/federation/v1/state_ids/${seg(room.roomId)}?event_id=${seg(lost.eventId)}`,
  );
  assert.equal(outlier.status, 404, 'what is known only to be cited has no state');
});

test('an event at the edge of a gap that changes the state counts with its change', async () => {
  const room = await openRoom();
  const before = [...room.state.values()].map((event) => event.eventId);
  const bob = '@bob:peer.test:8448';
  const join = room.make({ type: 'm.room.member', stateKey: bob, sender: bob, content: { membership: 'join' } });
  const edge = room.say('edge', { sender: bob });
  const newest = room.say('newest', { sender: bob });
  serveRoom(room, [edge], new Map([[join.eventId, before]]));
  await room.send(HOME, [newest]);
  await seen(room, newest.eventId);
  assert.equal((await stateOf(home, room.roomId, 'm.room.member', bob))?.['membership'], 'join');
});

test('state that is not known comes with the state at the edge, and is resolved with what is known', async () => {
  const room = await openRoom();
  await putState(alice, room.roomId, 'm.room.topic', { topic: 'ours' });
  const bob = '@bob:peer.test:8448';
  room.make({ type: 'm.room.member', stateKey: bob, sender: bob, content: { membership: 'join' } });
  const state = [...room.state.values()].map((event) => event.eventId);
  const lost = room.say('out of reach', { sender: bob });
  const edge = room.say('edge', { sender: bob });
  const newest = room.say('newest', { sender: bob });
  serveRoom(room, [edge], new Map([[lost.eventId, state]]));
  await room.send(HOME, [newest]);
  await seen(room, newest.eventId);
  assert.equal((await stateOf(home, room.roomId, 'm.room.member', bob))?.['membership'], 'join');
  assert.deepEqual(await stateOf(home, room.roomId, 'm.room.topic'), { topic: 'ours' });
});

test('a server cannot take state away by what it says of the state at a gap', async () => {
  for (const withOurs of [false, true]) {
    const room = await openRoom();
    const bare = [...room.state.values()].map((event) => event.eventId);
    await act(alice, room.roomId, 'ban', { user_id: '@troll:peer.test:8448' });
    const marker = await say(alice, room.roomId, 'after the ban');
    const lost = room.say('out of reach');
    // The edge claims to follow the room's newest event, too, so that it would be the only extremity.
    const edge = room.say('edge', withOurs ? { prev: [lost.eventId, marker], depth: 20 } : {});
    const newest = room.say('newest');
    serveRoom(room, [edge], new Map([[lost.eventId, bare]]));
    await room.send(HOME, [newest]);
    await seen(room, newest.eventId);
    const member = await stateOf(home, room.roomId, 'm.room.member', '@troll:peer.test:8448');
    assert.equal(member?.['membership'], 'ban');
  }
});

test('what follows an event that its server keeps to itself is given up', async () => {
  const room = await openRoom();
  room.say('kept');
  const newest = room.say('newest');
  let asked = false;
  serveRoom(room, [], new Map());
  peer.on('GET', /\/state_ids\//, () => {
    asked = true;
    return [404, { errcode: 'M_NOT_FOUND' }];
  });
  await room.send(HOME, [newest]);
  await drained();
  assert.deepEqual(await bodiesOf(room), []);
  assert.equal(asked, false);
});

test('an event is given up when its server has nothing of what it needs, and holds up no others', async () => {
  const room = await openRoom();
  const before = room.newest;
  room.say('never sent');
  const stuck = room.say('stuck');
  serveRoom(room, [], new Map());
  await room.send(HOME, [stuck]);
  const next = room.say('next', { prev: [before] });
  await room.send(HOME, [next]);
  await seen(room, next.eventId);
  await drained();
  assert.deepEqual(await bodiesOf(room), ['next']);
});

test('while its server is away an event waits for another attempt', async () => {
  const room = await openRoom();
  const missed = room.say('missed');
  const newest = room.say('newest');
  let isAway = true;
  peer.on('POST', /\/get_missing_events\//, () => {
    if (isAway) return [503, { errcode: 'M_UNKNOWN', error: 'later' }];
    return { events: [missed.pdu as never] };
  });
  await room.send(HOME, [newest]);
  let attempts = 0;
  for (let i = 0; attempts === 0 && i < 200; i++) {
    const rows = await home.ctx.db.query('SELECT attempts FROM federation_inbox WHERE event_id = $1', [newest.eventId]);
    attempts = (rows[0] as { attempts: number } | undefined)?.attempts ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.equal(attempts, 1);
  assert.ok(
    (await getOldestAge(
      home.ctx.db,
      Array.from({ length: 64 }, (_, i) => i),
    )) > 0,
  );
  isAway = false;
  await home.ctx.db.query('UPDATE federation_inbox SET due_at = now()');
  await seen(room, newest.eventId);
  assert.deepEqual(await bodiesOf(room), ['missed', 'newest']);
});

test('what was staged when a process died is taken in by whoever has the room', async () => {
  const room = await openRoom();
  const event = room.say('staged before the crash');
  const { slot } = (await home.ctx.db.query('SELECT slot FROM rooms WHERE room_id = $1', [room.roomId]))[0] as {
    slot: number;
  };
  // As a transaction leaves it, without a word to the owner.
  await home.ctx.db.query(
    'INSERT INTO federation_inbox (slot, room_id, event_id, origin, signed_by, pdu) VALUES ($1, $2, $3, $4, $5, $6)',
    [slot, room.roomId, event.eventId, peer.name, [peer.name], JSON.stringify(event.pdu)],
  );
  await seen(room, event.eventId);
});

test('forks of two servers come to one state', async () => {
  const room = await openRoom();
  await putState(alice, room.roomId, 'm.room.power_levels', { users: { [PEER]: 50, [alice.userId]: 100 } });
  const marker = await say(alice, room.roomId, 'fork here');
  const path = `/_matrix/federation/v1/state/${seg(room.roomId)}?event_id=${seg(marker)}`;
  const { body } = await peer.request(HOME, 'GET', path);
  const levels = body.pdus.find((pdu: Pdu) => pdu.type === 'm.room.power_levels');
  const { eventIdOf } = await import('../../lib/spec/events.ts');
  room.state.set('m.room.power_levels\0', { pdu: levels, eventId: eventIdOf(levels, room.version) });
  const theirs = room.make({
    type: 'm.room.topic',
    stateKey: '',
    content: { topic: 'theirs' },
    prev: [marker],
    depth: 9,
  });
  await putState(alice, room.roomId, 'm.room.topic', { topic: 'ours' });
  await room.send(HOME, [theirs]);
  await seen(room, theirs.eventId);
  const mine = await say(alice, room.roomId, 'merge');
  const event = await peer.request(HOME, 'GET', `/_matrix/federation/v1/event/${seg(mine)}`);
  assert.equal(event.body.pdus[0].prev_events.length, 2);
  const topic = (await stateOf(home, room.roomId, 'm.room.topic'))?.['topic'];
  const state = await peer.request(HOME, 'GET', path.replace(seg(marker), seg(mine)));
  const said = state.body.pdus.find((pdu: Pdu) => pdu.type === 'm.room.topic');
  assert.equal(said.content.topic, topic, 'what clients see is what other servers are told');
});

test('events signed for another server by this one are not believed', async () => {
  const room = await openRoom();
  const draft = room.draft({ type: 'm.room.message', content: { body: 'as alice' }, sender: alice.userId });
  const { hashes: _h, signatures: _s, ...bare } = draft.pdu;
  const mine = signed(peer, bare as never, room.version);
  const both = signEvent(mine.pdu, room.version, HOME, peer.key);
  const { body } = await sendTransaction(peer, HOME, { pdus: [both] });
  assert.match(body.pdus[mine.eventId].error, /signature/);
});
