import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom, say, type TestServer, type TestUser } from '../kit/server.ts';
import { putState, seg, stateOf } from '../rooms/room-helpers.ts';
import { joinAsPeer } from './peer-room.ts';

const HOME = 'home.test:8448';
const AWAY = 'away.test:8448';
const network = new TestNetwork();
let home: TestServer;
let away: TestServer;
let alice: TestUser;
let bob: TestUser;

before(async () => {
  [home, away] = await Promise.all([network.homeserver(HOME), network.homeserver(AWAY)]);
  alice = await home.user('alice');
  bob = await away.user('bob');
});
after(() => network.end());

interface Shown {
  type: string;
  event_id: string;
  content: { body?: string };
}

/** All of a room's history as a user pages through it, newest first. */
async function history(user: TestUser, roomId: string, limit = 20): Promise<Shown[]> {
  const events: Shown[] = [];
  let from = '';
  for (let page = 0; page < 50; page++) {
    const { status, body } = await user.call('GET', `/rooms/${seg(roomId)}/messages?dir=b&limit=${limit}${from}`);
    assert.equal(status, 200);
    events.push(...body.chunk);
    if (body.end === undefined || body.chunk.length === 0) return events;
    from = `&from=${body.end}`;
  }
  throw new Error('the history does not end');
}

async function join(user: TestUser, roomId: string): Promise<void> {
  const { status, body } = await user.call(
    'POST',
    `/join/${seg(roomId)}?server_name=${seg(HOME)}&via=${seg(HOME)}`,
    {},
  );
  assert.equal(status, 200, JSON.stringify(body));
}

for (const version of ['1', '6', '11', '12']) {
  test(`room version ${version}: who joins over federation can read back to the beginning`, async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: version });
    const bodies = Array.from({ length: 25 }, (_, i) => `message ${i}`);
    for (const [i, body] of bodies.entries()) {
      await say(alice, roomId, body);
      if (i === 12) await putState(alice, roomId, 'm.room.topic', { topic: 'half way' });
    }
    await join(bob, roomId);
    const before = (await bob.call('GET', '/sync')).body;
    const events = await history(bob, roomId, 7);
    const said = events.filter((event) => event.type === 'm.room.message').map((event) => event.content.body);
    assert.deepEqual(said, bodies.toReversed());
    assert.equal(events.at(-1)?.type, 'm.room.create');
    const theirs = await history(alice, roomId, 50);
    assert.deepEqual(
      events.map((event) => event.event_id),
      theirs.map((event) => event.event_id),
    );
    // What comes to the past is no news, and changes nothing of today.
    const after = (await bob.call('GET', `/sync?since=${before.next_batch}&timeout=0`)).body;
    assert.equal(after.rooms?.join?.[roomId], undefined);
    assert.deepEqual(await stateOf(away, roomId, 'm.room.topic'), { topic: 'half way' });
    await say(bob, roomId, 'goes on');
    const rows = await away.ctx.db.query(
      'SELECT 1 FROM missing_events m JOIN rooms r USING (room_nid) WHERE r.room_id = $1',
      [roomId],
    );
    assert.equal(rows.length, 0);
  });
}

test('what was filled in is passed on to other servers as part of the history', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '11' });
  await say(alice, roomId, 'early');
  await join(bob, roomId);
  await history(bob, roomId);
  const peer = network.fake('peer.test:8448');
  const room = await joinAsPeer(peer, AWAY, roomId);
  const path = `/_matrix/federation/v1/backfill/${seg(roomId)}?v=${seg(room.newest)}&limit=50`;
  const { body } = await peer.request(AWAY, 'GET', path);
  assert.ok(body.pdus.some((pdu: Shown) => pdu.content.body === 'early'));
});

test('a gap that nobody fills ends the history, and is not asked about on every page', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '11' });
  await say(alice, roomId, 'out of reach');
  await join(bob, roomId);
  network.intercept = ({ uri }) =>
    uri.includes('/backfill/') ? Response.json({ errcode: 'M_UNKNOWN' }, { status: 500 }) : undefined;
  try {
    const events = await history(bob, roomId);
    assert.deepEqual(
      events.map((event) => event.type),
      ['m.room.member'],
    );
    await history(bob, roomId);
    assert.equal(network.sentTo(HOME, `/backfill/${seg(roomId)}`).length, 1);
  } finally {
    network.intercept = undefined;
  }
});
