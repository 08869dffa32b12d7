import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';

const v1 = '/_synapse/admin/v1';
let server: TestServer;
let admin: TestUser;
let alice: TestUser;

before(async () => {
  server = await testServer({ serverNotices: { localpart: 'notices', roomName: 'From the server' } });
  admin = await server.user('admin', { admin: true });
  alice = await server.user('alice');
});
after(() => server?.close());

test('version and statistics', async () => {
  assert.match((await admin.call('GET', `${v1}/server_version`)).body.server_version, /^Myelin/);
  const large = await makeRoom(alice);
  for (let i = 0; i < 10; i++) await say(alice, large, 'x'.repeat(5_000));
  await makeRoom(alice);
  const { rooms } = (await admin.call('GET', `${v1}/statistics/database/rooms`)).body;
  assert.equal(rooms[0].room_id, large);
  assert.ok(rooms[0].estimated_size > rooms[1].estimated_size);
});

test('background jobs can be paused and started by name', async () => {
  assert.deepEqual((await admin.call('GET', `${v1}/background_updates/enabled`)).body, { enabled: true });
  const paused = await admin.call('POST', `${v1}/background_updates/enabled`, { enabled: false });
  assert.deepEqual(paused.body, { enabled: false });
  const started = await admin.call('POST', `${v1}/background_updates/start_job`, { job_name: 'regenerate_directory' });
  assert.deepEqual(started.body, {});
  const status = (await admin.call('GET', `${v1}/background_updates/status`)).body;
  assert.deepEqual([status.enabled, status.current_updates.master.name], [false, 'regenerate_directory']);
  assert.deepEqual(Object.keys(status.current_updates.master).sort(), [
    'average_items_per_ms',
    'name',
    'total_duration_ms',
    'total_item_count',
  ]);
  await server.ctx.db.query(`DELETE FROM user_directory WHERE user_id = $1`, [alice.userId]);
  await admin.call('POST', `${v1}/background_updates/enabled`, { enabled: true });
  const task = async () =>
    (await admin.call('GET', `${v1}/scheduled_tasks?action_name=regenerate_directory`)).body.scheduled_tasks[0];
  await until('the update ends', async () => (await task()).status === 'complete');
  assert.equal((await task()).result.items, 2);
  // Its reader looks when something happens.
  await makeRoom(alice);
  await until('the directory has its entry again', async () => {
    const rows = await server.ctx.db.query('SELECT 1 FROM user_directory WHERE user_id = $1', [alice.userId]);
    return rows.length > 0;
  });
  assert.deepEqual((await admin.call('GET', `${v1}/background_updates/status`)).body.current_updates, {});
  const unknown = await admin.call('POST', `${v1}/background_updates/start_job`, { job_name: 'mine_coins' });
  assert.equal(unknown.body.errcode, 'M_UNKNOWN');
});

test('a server notice comes in a room of its own that cannot be left', async () => {
  const content = { msgtype: 'm.text', body: 'We move tonight.' };
  const sent = await admin.call('POST', `${v1}/send_server_notice`, { user_id: alice.userId, content });
  const first = (await alice.call('GET', '/sync')).body;
  const [roomId] = Object.keys(first.rooms.invite);
  const tagged = first.rooms.invite[roomId as string];
  assert.ok(
    tagged.invite_state.events.some((e: { content: { name?: string } }) => e.content.name === 'From the server'),
  );
  const refused = await alice.call('POST', `/rooms/${roomId}/leave`, {});
  assert.deepEqual([refused.status, refused.body.errcode], [403, 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM']);
  await alice.call('POST', `/join/${roomId}`, {});
  const shown = await alice.call('GET', `/rooms/${roomId}/event/${encodeURIComponent(sent.body.event_id)}`);
  assert.deepEqual([shown.body.content.body, shown.body.sender], ['We move tonight.', '@notices:localhost']);
  const { tags } = (await alice.call('GET', `/user/${alice.userId}/rooms/${roomId}/tags`)).body;
  assert.deepEqual(tags, { 'm.server_notice': {} });
  const spoken = await alice.call('PUT', `/rooms/${roomId}/send/m.room.message/1`, { body: 'x' });
  assert.equal(spoken.body.errcode, 'M_FORBIDDEN');
  // Once for a transaction id, and in the same room.
  const put = () => admin.call('PUT', `${v1}/send_server_notice/7`, { user_id: alice.userId, content });
  const once = (await put()).body.event_id;
  assert.equal((await put()).body.event_id, once);
  assert.equal((await alice.call('GET', `/rooms/${roomId}/event/${encodeURIComponent(once)}`)).status, 200);
  const nobody = await admin.call('POST', `${v1}/send_server_notice`, { user_id: '@nobody:localhost', content });
  assert.equal(nobody.body.errcode, 'M_NOT_FOUND');
});

test('destinations are listed with their state, and their pause is lifted', async () => {
  const { db } = server.ctx;
  const now = Date.now();
  await db.query(
    `INSERT INTO destinations (destination, failing_since_ts, retry_at_ts, retry_interval_ms)
     VALUES ('down.example', $1, $2, 30000), ('up.example', NULL, 0, 0)`,
    [now - 60_000, now + 10_000],
  );
  const roomId = await makeRoom(alice);
  await db.query(
    `INSERT INTO memberships (room_nid, user_id, membership, event_nid, position, sender, local)
     SELECT room_nid, '@x:down.example', 'join', 1, 1, '@x:down.example', false FROM rooms WHERE room_id = $1`,
    [roomId],
  );
  const path = `${v1}/federation/destinations`;
  const list = (await admin.call('GET', path)).body;
  assert.deepEqual(
    [list.total, list.destinations.map((d: { destination: string }) => d.destination)],
    [2, ['down.example', 'up.example']],
  );
  assert.deepEqual((await admin.call('GET', `${path}/down.example`)).body, {
    destination: 'down.example',
    retry_last_ts: now - 20_000,
    retry_interval: 30_000,
    failure_ts: now - 60_000,
    last_successful_stream_ordering: null,
  });
  const found = (await admin.call('GET', `${path}?destination=up&order_by=failure_ts`)).body;
  assert.deepEqual(
    found.destinations.map((d: { destination: string }) => d.destination),
    ['up.example'],
  );
  const page = (await admin.call('GET', `${path}?limit=1&dir=b`)).body;
  assert.deepEqual([page.destinations[0].destination, page.next_token], ['up.example', '1']);
  const rooms = (await admin.call('GET', `${path}/down.example/rooms`)).body;
  assert.deepEqual([rooms.total, rooms.rooms[0].room_id], [1, roomId]);
  assert.ok(rooms.rooms[0].stream_ordering > 0);
  assert.deepEqual((await admin.call('POST', `${path}/down.example/reset_connection`, {})).body, {});
  assert.equal((await admin.call('GET', `${path}/down.example`)).body.failure_ts, null);
  assert.equal((await admin.call('POST', `${path}/up.example/reset_connection`, {})).status, 400);
  assert.equal((await admin.call('GET', `${path}/none.example`)).body.errcode, 'M_NOT_FOUND');
});
