import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSession, createUser } from '../../lib/domain/accounts/create-user.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, eventsOf, failure, putState, seg, stateOf } from './room-helpers.ts';

describe('profiles', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
  });
  after(() => server.close());

  const path = (userId: string, field?: string) =>
    `/profile/${seg(userId)}${field === undefined ? '' : `/${seg(field)}`}`;
  const put = (user: TestUser, field: string, value: unknown, userId = user.userId) =>
    user.call('PUT', path(userId, field), { [field]: value });

  test('starts with the localpart as display name', async () => {
    const dan = await server.user('dan');
    assert.deepEqual((await server.call('GET', path(dan.userId))).body, { displayname: 'dan' });
    assert.deepEqual((await server.call('GET', path(dan.userId, 'avatar_url'))).body, {});
  });

  test('sets, gives and removes fields', async () => {
    assert.deepEqual((await put(alice, 'displayname', 'Alice')).body, {});
    assert.deepEqual((await put(alice, 'avatar_url', 'mxc://localhost/a')).body, {});
    assert.deepEqual((await put(alice, 'm.tz', 'Europe/London')).body, {});
    assert.deepEqual((await put(alice, 'org.example.field', { a: [1.5, null] })).body, {});
    assert.deepEqual((await server.call('GET', path(alice.userId))).body, {
      displayname: 'Alice',
      avatar_url: 'mxc://localhost/a',
      'm.tz': 'Europe/London',
      'org.example.field': { a: [1.5, null] },
    });
    assert.deepEqual((await server.call('GET', path(alice.userId, 'displayname'))).body, { displayname: 'Alice' });
    const field = await server.call('GET', path(alice.userId, 'org.example.field'));
    assert.deepEqual(field.body, { 'org.example.field': { a: [1.5, null] } });
    for (const name of ['displayname', 'm.tz', 'org.example.field', 'org.example.field']) {
      assert.deepEqual((await alice.call('DELETE', path(alice.userId, name))).body, {});
    }
    assert.deepEqual((await server.call('GET', path(alice.userId))).body, { avatar_url: 'mxc://localhost/a' });
    assert.deepEqual(failure(await server.call('GET', path(alice.userId, 'm.tz'))), [404, 'M_NOT_FOUND']);
    assert.deepEqual((await put(alice, 'avatar_url', '')).body, {});
    assert.deepEqual((await server.call('GET', path(alice.userId))).body, {});
  });

  test('refuses what is no profile field', async () => {
    assert.deepEqual(failure(await put(alice, 'Displayname', 'x')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(alice, 'a'.repeat(256), 'x')), [400, 'M_KEY_TOO_LARGE']);
    assert.deepEqual(failure(await put(alice, 'displayname', 5)), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(alice, 'displayname', null)), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(alice, 'displayname', 'x'.repeat(257))), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(alice, 'avatar_url', 'x'.repeat(1_001))), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(alice, 'org.example', 'x'.repeat(66_000))), [400, 'M_PROFILE_TOO_LARGE']);
    const missing = await alice.call('PUT', path(alice.userId, 'displayname'), { avatar_url: 'x' });
    assert.deepEqual(failure(missing), [400, 'M_MISSING_PARAM']);
    assert.deepEqual(failure(await server.call('GET', path('@nobody:localhost'))), [404, 'M_NOT_FOUND']);
    assert.deepEqual(failure(await server.call('GET', path('nobody'))), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await server.call('GET', path('@x:elsewhere.example'))), [502, 'M_UNKNOWN']);
  });

  test('is changed by its owner and by administrators', async () => {
    const root = await server.user('root', { admin: true });
    assert.deepEqual(failure(await put(alice, 'displayname', 'x', bob.userId)), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await alice.call('DELETE', path(bob.userId, 'displayname'))), [403, 'M_FORBIDDEN']);
    assert.deepEqual((await put(root, 'displayname', 'Bobby', bob.userId)).body, {});
    assert.deepEqual((await server.call('GET', path(bob.userId, 'displayname'))).body, { displayname: 'Bobby' });
    assert.deepEqual(failure(await put(root, 'displayname', 'x', '@nobody:localhost')), [404, 'M_NOT_FOUND']);
    const { userId } = await createUser(server.ctx, { isGuest: true });
    const headers = { authorization: `Bearer ${(await createSession(server.ctx, { userId })).accessToken}` };
    const guest = (field: string) => server.call('PUT', path(userId, field), { [field]: 'x' }, { headers });
    assert.equal((await guest('displayname')).status, 200);
    assert.deepEqual(failure(await guest('avatar_url')), [403, 'M_FORBIDDEN']);
  });

  test('is shown in every room that the user is in', async () => {
    const carol = await server.user('carol');
    const joined = await Promise.all([1, 2, 3].map(() => makeRoom(carol)));
    const left = await makeRoom(alice, { preset: 'public_chat' });
    await act(carol, left, 'join');
    await act(carol, left, 'leave');
    const overridden = joined[1] as string;
    await putState(carol, overridden, 'm.room.member', { membership: 'join', displayname: 'Karla' }, carol.userId);
    await put(carol, 'avatar_url', 'mxc://localhost/c');
    for (const roomId of joined) {
      assert.deepEqual(await stateOf(server, roomId, 'm.room.member', carol.userId), {
        membership: 'join',
        displayname: 'carol',
        avatar_url: 'mxc://localhost/c',
      });
    }
    assert.deepEqual(await stateOf(server, left, 'm.room.member', carol.userId), { membership: 'leave' });
    const before = await Promise.all(joined.map(async (roomId) => (await eventsOf(server, roomId)).length));
    await putState(carol, overridden, 'm.room.member', { membership: 'join', displayname: 'Karla' }, carol.userId);
    await put(carol, 'displayname', 'Karla');
    const counts = await Promise.all(joined.map(async (roomId) => (await eventsOf(server, roomId)).length));
    // The room in the middle shows that name already.
    assert.deepEqual(
      counts,
      before.map((count) => count + 1),
    );
    // The same once more changes nothing.
    await put(carol, 'displayname', 'Karla');
    const after = await Promise.all(joined.map(async (roomId) => (await eventsOf(server, roomId)).length));
    assert.deepEqual(after, counts);
  });
});
