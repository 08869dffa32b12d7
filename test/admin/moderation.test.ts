import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';

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

const suspend = (user: TestUser, suspended: boolean) =>
  admin.call('PUT', `/_matrix/client/v1/admin/suspend/${user.userId}`, { suspended });
const lock = (user: TestUser, locked: boolean) =>
  admin.call('PUT', `/_matrix/client/v1/admin/lock/${user.userId}`, { locked });

test('a suspended user reads, leaves and takes back, and does nothing that reaches others', async () => {
  const roomId = await makeRoom(bob, { preset: 'public_chat' });
  const others = await makeRoom(alice, { preset: 'public_chat' });
  await alice.call('POST', `/join/${roomId}`, {});
  const own = await say(bob, roomId, 'mine');
  const theirs = await say(alice, roomId, 'theirs');
  assert.deepEqual((await suspend(bob, true)).body, { suspended: true });
  assert.deepEqual((await admin.call('GET', `/_matrix/client/v1/admin/suspend/${bob.userId}`)).body, {
    suspended: true,
  });
  const refused = async (method: string, path: string, body: object = {}) =>
    assert.equal((await bob.call(method, path, body)).body.errcode, 'M_USER_SUSPENDED', path);
  await refused('PUT', `/rooms/${roomId}/send/m.room.message/1`, { body: 'x' });
  await refused('PUT', `/rooms/${roomId}/state/m.room.topic`, { topic: 'x' });
  await refused('POST', `/join/${others}`);
  await refused('POST', `/knock/${others}`);
  await refused('POST', `/rooms/${roomId}/invite`, { user_id: admin.userId });
  await refused('PUT', `/profile/${bob.userId}/displayname`, { displayname: 'x' });
  await refused('POST', '/createRoom');
  await refused('PUT', `/rooms/${roomId}/redact/${encodeURIComponent(theirs)}/1`);
  await refused('POST', '/account/3pid/delete', { medium: 'email', address: 'a@b.c' });
  assert.equal((await bob.call('GET', '/sync')).status, 200);
  assert.ok((await bob.call('GET', `/rooms/${roomId}/messages?dir=b`)).body.chunk.length > 0);
  assert.ok((await bob.call('PUT', `/rooms/${roomId}/redact/${encodeURIComponent(own)}/2`, {})).body.event_id);
  assert.deepEqual((await bob.call('POST', `/rooms/${roomId}/leave`, {})).body, {});
  assert.deepEqual((await suspend(bob, false)).body, { suspended: false });
  assert.equal((await bob.call('POST', `/join/${others}`, {})).body.room_id, others);
});

test('a locked user is logged out softly and comes back with the same session', async () => {
  assert.deepEqual((await lock(alice, true)).body, { locked: true });
  const refused = await alice.call('GET', '/sync');
  assert.deepEqual([refused.status, refused.body.errcode, refused.body.soft_logout], [401, 'M_USER_LOCKED', true]);
  const login = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: 'alice' },
    password: 'secret-of-alice',
  };
  assert.equal((await server.call('POST', '/login', login)).body.errcode, 'M_USER_LOCKED');
  assert.deepEqual((await admin.call('GET', `/_matrix/client/v1/admin/lock/${alice.userId}`)).body, { locked: true });
  assert.deepEqual((await lock(alice, false)).body, { locked: false });
  assert.equal((await alice.call('GET', '/account/whoami')).body.user_id, alice.userId);
});

test('who may not be locked or suspended, and by whom', async () => {
  const path = '/_matrix/client/v1/admin/suspend';
  const answer = async (user: TestUser, target: string) =>
    (await user.call('PUT', `${path}/${target}`, { suspended: true })).body.errcode;
  assert.equal(await answer(bob, '@nobody:localhost'), 'M_FORBIDDEN');
  assert.equal(await answer(admin, admin.userId), 'M_FORBIDDEN');
  assert.equal(await answer(admin, '@nobody:localhost'), 'M_NOT_FOUND');
  assert.equal(await answer(admin, '@x:example.org'), 'M_INVALID_PARAM');
  const other = await server.user('other', { admin: true });
  assert.equal(await answer(admin, other.userId), 'M_FORBIDDEN');
  const { capabilities } = (await admin.call('GET', '/capabilities')).body;
  assert.deepEqual(capabilities['m.account_moderation'], { lock: true, suspend: true });
  assert.equal((await bob.call('GET', '/capabilities')).body.capabilities['m.account_moderation'], undefined);
});
