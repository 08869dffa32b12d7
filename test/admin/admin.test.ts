import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROOM_TABLES } from '../../lib/storage/admin/purge.ts';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';

let server: TestServer;
let admin: TestUser;
let bob: TestUser;
const v1 = '/_synapse/admin/v1';
const v2 = '/_synapse/admin/v2';

before(async () => {
  server = await testServer({ rateLimits: { message: { perSecond: 0.01, burstCount: 3 } } });
  admin = await server.user('admin', { admin: true });
  bob = await server.user('bob');
});
after(() => server?.close());

test('accounts are listed, made, changed and ended', async () => {
  const made = await admin.call('PUT', `${v2}/users/@carol:localhost`, {
    password: 'long enough',
    displayname: 'Carol',
  });
  assert.equal(made.status, 201);
  assert.equal(made.body.displayname, 'Carol');
  const page = await admin.call('GET', `${v2}/users?limit=2&order_by=creation_ts&dir=b`);
  assert.deepEqual([page.body.users.length, page.body.total, page.body.next_token], [2, 3, '2']);
  assert.equal((await admin.call('GET', `${v2}/users?name=CARO`)).body.users[0].name, '@carol:localhost');
  await admin.call('PUT', `${v1}/users/@carol:localhost/admin`, { admin: true });
  assert.equal((await admin.call('GET', `${v1}/users/@carol:localhost/admin`)).body.admin, true);
  const login = await admin.call('POST', `${v1}/users/@carol:localhost/login`);
  const whoami = await server.call('GET', `/account/whoami?access_token=${login.body.access_token}`);
  assert.equal(whoami.body.user_id, '@carol:localhost');
  const ended = await admin.call('POST', `${v1}/deactivate/@carol:localhost`, {});
  assert.equal(ended.body.id_server_unbind_result, 'success');
  assert.equal((await admin.call('GET', `${v2}/users/@carol:localhost`)).body.deactivated, true);
  assert.equal((await admin.call('GET', `${v2}/users/@nobody:localhost`)).body.errcode, 'M_NOT_FOUND');
  assert.equal((await bob.call('GET', `${v2}/users`)).body.errcode, 'M_FORBIDDEN');
});

test('registration tokens are made, changed and deleted', async () => {
  const made = await admin.call('POST', `${v1}/registration_tokens/new`, { token: 'abc', uses_allowed: 2 });
  assert.deepEqual(made.body, { token: 'abc', uses_allowed: 2, pending: 0, completed: 0, expiry_time: null });
  const changed = await admin.call('PUT', `${v1}/registration_tokens/abc`, { uses_allowed: null });
  assert.equal(changed.body.uses_allowed, null);
  assert.equal((await admin.call('GET', `${v1}/registration_tokens?valid=true`)).body.registration_tokens.length, 1);
  assert.deepEqual((await admin.call('DELETE', `${v1}/registration_tokens/abc`)).body, {});
  assert.equal((await admin.call('GET', `${v1}/registration_tokens/abc`)).status, 404);
});

test("a user's own rate limit counts, and none can be set", async () => {
  const roomId = await makeRoom(bob);
  const limit = `${v1}/users/${bob.userId}/override_ratelimit`;
  const send = (i: number) => bob.call('PUT', `/rooms/${roomId}/send/m.room.message/r${i}`, { body: 'x' });
  for (let i = 0; i < 3; i++) assert.equal((await send(i)).status, 200);
  assert.equal((await send(3)).status, 429);
  const set = await admin.call('POST', limit, { messages_per_second: 0, burst_count: 0 });
  assert.deepEqual(set.body, { messages_per_second: 0, burst_count: 0 });
  for (let i = 4; i < 10; i++) assert.equal((await send(i)).status, 200);
  await admin.call('DELETE', limit);
  assert.deepEqual((await admin.call('GET', limit)).body, {});
  assert.equal((await send(11)).status, 429);
});

test('reports reach the administrators and outlive the room; a deleted room leaves nothing', async () => {
  const carl = await server.user('carl');
  const roomId = await makeRoom(carl, { preset: 'public_chat', name: 'Doomed', room_alias_name: 'doomed' });
  const eventId = await say(carl, roomId, 'rude');
  const report = `/rooms/${roomId}/report/${encodeURIComponent(eventId)}`;
  assert.equal((await bob.call('POST', report, { reason: 'rude' })).status, 404);
  await bob.call('POST', `/rooms/${roomId}/join`, {});
  assert.deepEqual((await bob.call('POST', report, { reason: 'rude', score: -50 })).body, {});
  assert.deepEqual((await bob.call('POST', `/users/${carl.userId}/report`, { reason: 'spam' })).body, {});
  await bob.call('POST', `/rooms/${roomId}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
  await bob.call('PUT', `/user/${bob.userId}/rooms/${roomId}/account_data/m.x`, { a: 1 });

  const listed = await admin.call('GET', `${v1}/rooms?search_term=doomed`);
  assert.deepEqual([listed.body.rooms[0].room_id, listed.body.rooms[0].joined_members], [roomId, 2]);
  assert.equal((await admin.call('GET', `${v1}/rooms/${roomId}`)).body.name, 'Doomed');
  const members = await admin.call('GET', `${v1}/rooms/${roomId}/members`);
  assert.deepEqual(members.body.members.sort(), [bob.userId, carl.userId].sort());

  const { db } = server.ctx;
  const [room] = await db.query<{ nid: number }>('SELECT room_nid AS nid FROM rooms WHERE room_id = $1', [roomId]);
  const events = await db.query<{ nid: number }>('SELECT event_nid AS nid FROM events WHERE room_nid = $1', [
    room?.nid,
  ]);
  const gone = await admin.call('DELETE', `${v1}/rooms/${roomId}`, { block: true });
  assert.deepEqual(gone.body.kicked_users.sort(), [bob.userId, carl.userId].sort());

  const columns = await db.query<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name IN ('room_nid', 'event_nid')`,
  );
  assert.ok(columns.length > 10);
  for (const { table, column } of columns) {
    const nids = column === 'room_nid' ? [room?.nid] : events.map((event) => event.nid);
    const rest = await db.query(`SELECT 1 FROM ${table} WHERE ${column} = ANY($1::bigint[])`, [nids]);
    assert.equal(rest.length, 0, `${table} has rows of the room`);
  }
  const ofRooms = columns.filter((c) => c.column === 'room_nid').map((c) => c.table);
  assert.deepEqual(
    ofRooms.filter((table) => !ROOM_TABLES.includes(table as never)),
    [],
  );

  assert.equal((await admin.call('GET', `${v1}/rooms/${roomId}`)).status, 404);
  assert.equal((await admin.call('GET', `${v1}/rooms/${roomId}/block`)).body.block, true);
  const reports = await admin.call('GET', `${v1}/event_reports`);
  assert.deepEqual([reports.body.total, reports.body.event_reports[0].sender], [1, carl.userId]);
  const one = await admin.call('GET', `${v1}/event_reports/${reports.body.event_reports[0].id}`);
  assert.equal(one.body.event_json.content.body, 'rude');
  assert.equal((await admin.call('GET', `${v1}/user_reports`)).body.user_reports[0].target_user_id, carl.userId);
});
