import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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

test('reports of events, rooms and users reach the administrators', async () => {
  const carl = await server.user('carl');
  const roomId = await makeRoom(carl, { preset: 'public_chat' });
  const eventId = await say(carl, roomId, 'rude');
  const report = `/rooms/${roomId}/report/${encodeURIComponent(eventId)}`;
  assert.equal((await bob.call('POST', report, { reason: 'rude' })).status, 404);
  await bob.call('POST', `/rooms/${roomId}/join`, {});
  assert.deepEqual((await bob.call('POST', report, { reason: 'rude', score: -50 })).body, {});
  assert.deepEqual((await bob.call('POST', `/users/${carl.userId}/report`, { reason: 'spam' })).body, {});
  assert.deepEqual((await bob.call('POST', `/rooms/${roomId}/report`, { reason: 'bad room' })).body, {});

  const list = (await admin.call('GET', `${v1}/event_reports?user_id=bob&event_sender_user_id=carl&limit=1`)).body;
  const [first] = list.event_reports;
  assert.deepEqual(
    [
      list.total,
      list.next_token,
      first.event_id,
      first.room_id,
      first.reason,
      first.score,
      first.sender,
      first.user_id,
    ],
    [1, undefined, eventId, roomId, 'rude', -50, carl.userId, bob.userId],
  );
  const one = (await admin.call('GET', `${v1}/event_reports/${first.id}`)).body;
  assert.deepEqual([one.event_json.content.body, one.name, one.id], ['rude', null, first.id]);
  assert.deepEqual((await admin.call('DELETE', `${v1}/event_reports/${first.id}`)).body, {});
  assert.equal((await admin.call('GET', `${v1}/event_reports/${first.id}`)).body.errcode, 'M_NOT_FOUND');
  const users = (await admin.call('GET', `${v1}/user_reports?target_user_id=carl`)).body;
  assert.deepEqual(
    [users.total, users.user_reports[0].target_user_id, users.user_reports[0].reason],
    [1, carl.userId, 'spam'],
  );
  const user = (await admin.call('GET', `${v1}/user_reports/${users.user_reports[0].id}`)).body;
  assert.deepEqual([user.target_user_id, user.user_id], [carl.userId, bob.userId]);
  assert.deepEqual((await admin.call('DELETE', `${v1}/user_reports/${user.id}`)).body, {});
});
