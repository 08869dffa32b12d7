import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';

let server: TestServer;
let alice: TestUser;

before(async () => {
  server = await testServer({ enableEphemeralMessages: true });
  alice = await server.user('alice');
});
after(() => server?.close());

test('a message that carries a time loses its content then, in every view and in the database', async () => {
  const roomId = await makeRoom(alice);
  const kept = await say(alice, roomId, 'stays');
  const sent = await alice.call('PUT', `/rooms/${roomId}/send/m.room.message/1`, {
    msgtype: 'm.text',
    body: 'gone soon',
    'org.matrix.self_destruct_after': Date.now() + 700,
  });
  const path = `/rooms/${roomId}/event/${encodeURIComponent(sent.body.event_id)}`;
  const { next_batch: since } = (await alice.call('GET', '/sync')).body;
  assert.equal((await alice.call('GET', path)).body.content.body, 'gone soon');
  await until('it expires', async () => Object.keys((await alice.call('GET', path)).body.content).length === 0);
  const { chunk } = (await alice.call('GET', `/rooms/${roomId}/messages?dir=b&limit=2`)).body;
  assert.deepEqual(
    chunk.map((e: { content: { body?: string } }) => e.content.body),
    [undefined, 'stays'],
  );
  await until('syncs have heard of it', async () => {
    const { timeline } = (await alice.call('GET', '/sync')).body.rooms.join[roomId];
    return timeline.events.every((e: { content: { body?: string } }) => e.content.body !== 'gone soon');
  });
  assert.equal((await alice.call('GET', `/sync?since=${since}&timeout=0`)).status, 200);
  const rows = await server.ctx.db.query(`SELECT 1 FROM events WHERE json LIKE '%gone soon%'`);
  assert.equal(rows.length, 0);
  assert.equal(
    (await alice.call('GET', `/rooms/${roomId}/event/${encodeURIComponent(kept)}`)).body.content.body,
    'stays',
  );
});

test('without the setting nothing expires', async () => {
  const plain = await testServer();
  try {
    const bob = await plain.user('bob');
    const roomId = await makeRoom(bob);
    const content = { msgtype: 'm.text', body: 'stays', 'org.matrix.self_destruct_after': Date.now() - 1 };
    const sent = await bob.call('PUT', `/rooms/${roomId}/send/m.room.message/1`, content);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const shown = await bob.call('GET', `/rooms/${roomId}/event/${encodeURIComponent(sent.body.event_id)}`);
    assert.equal(shown.body.content.body, 'stays');
  } finally {
    await plain.close();
  }
});
