import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';

const v1 = '/_synapse/admin/v1';
let server: TestServer;
let admin: TestUser;
let alice: TestUser;
let bob: TestUser;

before(async () => {
  server = await testServer();
  admin = await server.user('admin', { admin: true });
  alice = await server.user('alice');
  bob = await server.user('bob');
});
after(() => server?.close());

async function purged(path: string, body: object): Promise<void> {
  const started = await admin.call('POST', path, body);
  assert.ok(started.body.purge_id, JSON.stringify(started.body));
  const status = `${v1}/purge_history_status/${started.body.purge_id}`;
  await until('the purge ends', async () => (await admin.call('GET', status)).body.status === 'complete');
}

const bodies = (chunk: { content: { body?: string } }[]) => chunk.flatMap((event) => event.content.body ?? []);

async function allMessages(user: TestUser, roomId: string): Promise<string[]> {
  const found: string[] = [];
  for (let from = ''; ; ) {
    const page = await user.call('GET', `/rooms/${roomId}/messages?dir=b&limit=7${from}`);
    assert.equal(page.status, 200);
    found.push(...bodies(page.body.chunk));
    if (page.body.end === undefined) return found.reverse();
    from = `&from=${page.body.end}`;
  }
}

test('history before an event goes, state and what follows stay', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat', name: 'Kept name' });
  await bob.call('POST', `/join/${roomId}`, {});
  const ids: string[] = [];
  for (let i = 0; i < 10; i++) ids.push(await say(alice, roomId, `message ${i}`));
  const before = await bob.call('GET', '/sync');
  const old = await bob.call('GET', `/rooms/${roomId}/messages?dir=b&limit=3`);
  await purged(`${v1}/purge_history/${roomId}/${encodeURIComponent(ids[7] as string)}`, { delete_local_events: true });

  assert.deepEqual(await allMessages(bob, roomId), ['message 7', 'message 8', 'message 9']);
  // A page that was begun before goes on without an error.
  const next = await bob.call('GET', `/rooms/${roomId}/messages?dir=b&limit=3&from=${old.body.end}`);
  assert.deepEqual([next.status, next.body.chunk], [200, []]);
  const fresh = (await bob.call('GET', '/sync')).body.rooms.join[roomId];
  assert.deepEqual(bodies(fresh.timeline.events), ['message 7', 'message 8', 'message 9']);
  const types = new Set([...fresh.state.events, ...fresh.timeline.events].map((e: { type: string }) => e.type));
  for (const type of ['m.room.create', 'm.room.member', 'm.room.power_levels', 'm.room.name'])
    assert.ok(types.has(type));
  const again = await bob.call('GET', `/sync?since=${before.body.next_batch}&timeout=0`);
  assert.equal(again.status, 200);
  assert.equal((await bob.call('GET', `/rooms/${roomId}/event/${encodeURIComponent(ids[0] as string)}`)).status, 404);
  const { db } = server.ctx;
  const left = await db.query('SELECT 1 FROM events WHERE event_id = ANY($1::text[])', [ids.slice(0, 7)]);
  assert.equal(left.length, 0);
  // The room goes on.
  await say(bob, roomId, 'still here');
  const members = await bob.call('GET', `/rooms/${roomId}/joined_members`);
  assert.deepEqual(Object.keys(members.body.joined).sort(), [alice.userId, bob.userId]);
  const carol = await server.user('carol');
  assert.equal((await carol.call('POST', `/join/${roomId}`, {})).status, 200);
  assert.equal((await carol.call('GET', `/rooms/${roomId}/state/m.room.name`)).body.name, 'Kept name');
});

test('by time, and without delete_local_events the local events are kept out of sight', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat' });
  const hidden = await say(alice, roomId, 'early');
  const { ts } = await server.ctx.db.one<{ ts: number }>(
    'SELECT origin_server_ts AS ts FROM events WHERE event_id = $1',
    [hidden],
  );
  await until('time goes on', () => Date.now() > ts + 2);
  await say(alice, roomId, 'late');
  await purged(`${v1}/purge_history/${roomId}`, { purge_up_to_ts: ts + 1 });
  assert.deepEqual(await allMessages(alice, roomId), ['late']);
  const kept = await admin.call('GET', `${v1}/fetch_event/${encodeURIComponent(hidden)}`);
  assert.equal(kept.body.event.content.body, 'early');
});

test('a user who was away hears of the state that changed in purged history', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat' });
  await bob.call('POST', `/join/${roomId}`, {});
  const { next_batch: since } = (await bob.call('GET', '/sync')).body;
  await alice.call('PUT', `/rooms/${roomId}/state/m.room.topic`, { topic: 'Changed meanwhile' });
  let last = '';
  for (let i = 0; i < 30; i++) last = await say(alice, roomId, `message ${i}`);
  await purged(`${v1}/purge_history/${roomId}/${encodeURIComponent(last)}`, { delete_local_events: true });
  const room = (await bob.call('GET', `/sync?since=${since}`)).body.rooms.join[roomId];
  assert.deepEqual(bodies(room.timeline.events), ['message 29']);
  const topic = [...(room.state?.events ?? []), ...room.timeline.events].find(
    (e: { type: string }) => e.type === 'm.room.topic',
  );
  assert.equal(topic?.content.topic, 'Changed meanwhile');
});

test('who could not see history before a purge cannot see it after', async () => {
  const roomId = await makeRoom(alice, {
    preset: 'public_chat',
    initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'joined' } }],
  });
  await say(alice, roomId, 'one');
  const cut = await say(alice, roomId, 'two');
  await say(alice, roomId, 'three');
  await purged(`${v1}/purge_history/${roomId}/${encodeURIComponent(cut)}`, { delete_local_events: true });
  await bob.call('POST', `/join/${roomId}`, {});
  await say(alice, roomId, 'four');
  assert.deepEqual(await allMessages(bob, roomId), ['four']);
  assert.deepEqual(await allMessages(alice, roomId), ['two', 'three', 'four']);
});

test('pages read while history is purged never fail and never repeat an event', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat' });
  const ids: string[] = [];
  for (let i = 0; i < 120; i++) ids.push(await say(alice, roomId, `message ${i}`));
  const read = async () => {
    const seen: string[] = [];
    for (let from = ''; ; ) {
      const page = await alice.call('GET', `/rooms/${roomId}/messages?dir=b&limit=5${from}`);
      assert.equal(page.status, 200, JSON.stringify(page.body));
      seen.push(...page.body.chunk.map((e: { event_id: string }) => e.event_id));
      if (page.body.end === undefined) break;
      from = `&from=${page.body.end}`;
    }
    assert.equal(new Set(seen).size, seen.length);
  };
  const readers = [read(), read(), read()];
  await purged(`${v1}/purge_history/${roomId}/${encodeURIComponent(ids[100] as string)}`, {
    delete_local_events: true,
  });
  await Promise.all(readers);
  assert.equal((await allMessages(alice, roomId)).length, 20);
});

test('unread counts follow what is left', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat' });
  await bob.call('POST', `/join/${roomId}`, {});
  const first = await say(alice, roomId, 'first');
  await bob.call('POST', `/rooms/${roomId}/receipt/m.read/${encodeURIComponent(first)}`, {});
  let last = '';
  for (let i = 0; i < 10; i++) last = await say(alice, roomId, `message ${i}`);
  const before = (await bob.call('GET', '/sync')).body;
  assert.equal(before.rooms.join[roomId].unread_notifications.notification_count, 10);
  await purged(`${v1}/purge_history/${roomId}/${encodeURIComponent(last)}`, {});
  await say(alice, roomId, 'new');
  const after = (await bob.call('GET', `/sync?since=${before.next_batch}`)).body;
  assert.equal(after.rooms.join[roomId].unread_notifications.notification_count, 2);
});

test('what cannot be purged is refused', async () => {
  const roomId = await makeRoom(alice);
  assert.equal((await admin.call('POST', `${v1}/purge_history/${roomId}`, {})).body.errcode, 'M_BAD_JSON');
  assert.equal((await admin.call('POST', `${v1}/purge_history/${roomId}/$nothing`, {})).body.errcode, 'M_NOT_FOUND');
  assert.equal((await admin.call('POST', `${v1}/purge_history/!none:localhost/$x`, {})).body.errcode, 'M_NOT_FOUND');
  assert.equal((await admin.call('GET', `${v1}/purge_history_status/none`)).body.errcode, 'M_NOT_FOUND');
  assert.equal((await alice.call('POST', `${v1}/purge_history/${roomId}`, {})).body.errcode, 'M_FORBIDDEN');
});
