import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSession, createUser } from '../../lib/domain/accounts/create-user.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, eventsOf, failure, membershipIn, putState, seg, stateOf } from './room-helpers.ts';

describe('membership', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let carol: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
    carol = await server.user('carol');
  });
  after(() => server.close());

  const publicRoom = (body = {}) => makeRoom(alice, { preset: 'public_chat', ...body });
  const join = (user: TestUser, room: string, body: unknown = {}) => user.call('POST', `/join/${seg(room)}`, body);
  const memberOf = (user: TestUser, roomId: string) => stateOf(server, roomId, 'm.room.member', user.userId);

  test('joins by id and by alias, once', async () => {
    const roomId = await publicRoom({ room_alias_name: 'joinable' });
    const byAlias = await join(bob, '#joinable:localhost', { reason: 'curious' });
    assert.deepEqual([byAlias.status, byAlias.body], [200, { room_id: roomId }]);
    assert.deepEqual(await memberOf(bob, roomId), { membership: 'join', displayname: 'bob', reason: 'curious' });
    const events = (await eventsOf(server, roomId)).length;
    assert.deepEqual((await act(bob, roomId, 'join')).body, { room_id: roomId });
    assert.deepEqual((await join(bob, roomId)).body, { room_id: roomId });
    assert.equal((await eventsOf(server, roomId)).length, events);
    assert.equal((await act(carol, roomId, 'join', { foo: 'bar', membership: 'ban' })).status, 200);
    assert.deepEqual(await memberOf(carol, roomId), { membership: 'join', displayname: 'carol', foo: 'bar' });
  });

  test('says what cannot be joined', async () => {
    const roomId = await makeRoom(alice);
    assert.deepEqual(failure(await join(bob, roomId)), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await join(bob, '#nothing:localhost')), [404, 'M_NOT_FOUND']);
    assert.deepEqual(failure(await join(bob, '!nothing:localhost')), [404, 'M_NOT_FOUND']);
    assert.deepEqual(failure(await join(bob, '#room:elsewhere.example')), [502, 'M_UNKNOWN']);
    const remote = `/join/${seg('!room:elsewhere.example')}?via=elsewhere.example`;
    assert.deepEqual(failure(await bob.call('POST', remote, {})), [502, 'M_UNKNOWN']);
    assert.deepEqual(failure(await join(bob, 'nonsense')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await act(bob, '#joinable:localhost', 'join')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await join(bob, roomId, { reason: 5 })), [400, 'M_BAD_JSON']);
  });

  test('invites, and the invited join or reject', async () => {
    const roomId = await makeRoom(alice);
    assert.deepEqual((await act(alice, roomId, 'invite', { user_id: bob.userId, reason: 'come' })).body, {});
    assert.deepEqual(await memberOf(bob, roomId), { membership: 'invite', displayname: 'bob', reason: 'come' });
    assert.equal((await join(bob, roomId)).status, 200);
    assert.equal(await membershipIn(server, roomId, bob.userId), 'join');
    await act(alice, roomId, 'invite', { user_id: carol.userId });
    assert.deepEqual((await act(carol, roomId, 'leave', { reason: 'no' })).body, {});
    assert.deepEqual(await memberOf(carol, roomId), { membership: 'leave', reason: 'no' });
    assert.deepEqual(failure(await join(carol, roomId)), [403, 'M_FORBIDDEN']);
  });

  test('refuses invites by those who may not and of those who are there', async () => {
    const roomId = await publicRoom();
    await join(bob, roomId);
    assert.deepEqual(failure(await act(alice, roomId, 'invite', { user_id: bob.userId })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await act(alice, roomId, 'invite', { user_id: alice.userId })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await act(bob, roomId, 'invite', { user_id: carol.userId })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await act(carol, roomId, 'invite', { user_id: '@dan:localhost' })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await act(alice, '!no:localhost', 'invite', { user_id: bob.userId })), [
      403,
      'M_FORBIDDEN',
    ]);
    assert.deepEqual(failure(await act(alice, roomId, 'invite', { user_id: 'carol' })), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await act(alice, roomId, 'invite', {})), [400, 'M_MISSING_PARAM']);
    // An identity server that cannot be reached.
    const threepid = { id_server: 'x', id_access_token: 'y', medium: 'email', address: 'a@b.c' };
    assert.deepEqual(failure(await act(alice, roomId, 'invite', threepid)), [502, 'M_UNKNOWN']);
    await act(alice, roomId, 'ban', { user_id: carol.userId });
    assert.deepEqual(failure(await act(alice, roomId, 'invite', { user_id: carol.userId })), [403, 'M_FORBIDDEN']);
  });

  test('respects who takes no invites', async () => {
    const dora = await server.user('dora');
    const content = { default_action: 'block' };
    const type = 'm.invite_permission_config';
    await server.ctx.writers.accountData.set({ userId: dora.userId, roomId: null, type, content });
    const roomId = await makeRoom(alice);
    assert.deepEqual(failure(await act(alice, roomId, 'invite', { user_id: dora.userId })), [403, 'M_INVITE_BLOCKED']);
    const put = await putState(alice, roomId, 'm.room.member', { membership: 'invite' }, dora.userId);
    assert.deepEqual(failure(put), [403, 'M_INVITE_BLOCKED']);
    await server.ctx.writers.accountData.set({ userId: dora.userId, roomId: null, type, content: {} });
    assert.equal((await act(alice, roomId, 'invite', { user_id: dora.userId })).status, 200);
  });

  test('kicks, bans and lifts bans', async () => {
    const roomId = await publicRoom();
    await join(bob, roomId);
    assert.deepEqual(failure(await act(bob, roomId, 'kick', { user_id: alice.userId })), [403, 'M_FORBIDDEN']);
    assert.deepEqual((await act(alice, roomId, 'kick', { user_id: bob.userId, reason: 'noise' })).body, {});
    assert.deepEqual(await memberOf(bob, roomId), { membership: 'leave', reason: 'noise' });
    assert.deepEqual(failure(await act(alice, roomId, 'kick', { user_id: bob.userId })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await act(alice, roomId, 'kick', { user_id: '@x:example.com' })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await act(alice, roomId, 'unban', { user_id: bob.userId })), [403, 'M_BAD_STATE']);
    assert.deepEqual((await act(alice, roomId, 'ban', { user_id: bob.userId, reason: 'more' })).body, {});
    assert.deepEqual(await memberOf(bob, roomId), { membership: 'ban', reason: 'more' });
    assert.deepEqual(failure(await join(bob, roomId)), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await act(alice, roomId, 'kick', { user_id: bob.userId })), [403, 'M_BAD_STATE']);
    assert.deepEqual(failure(await act(bob, roomId, 'leave')), [403, 'M_FORBIDDEN']);
    assert.deepEqual((await act(alice, roomId, 'unban', { user_id: bob.userId })).body, {});
    assert.deepEqual(await memberOf(bob, roomId), { membership: 'leave' });
    assert.equal((await join(bob, roomId)).status, 200);
    assert.deepEqual(failure(await act(alice, roomId, 'ban', {})), [400, 'M_MISSING_PARAM']);
    assert.deepEqual(failure(await act(alice, roomId, 'ban', { user_id: 'x' })), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await act(carol, roomId, 'ban', { user_id: bob.userId })), [403, 'M_FORBIDDEN']);
  });

  test('leaves once, and forgets what was left', async () => {
    const roomId = await publicRoom();
    await join(bob, roomId);
    assert.deepEqual(failure(await act(bob, roomId, 'forget')), [400, 'M_UNKNOWN']);
    assert.deepEqual((await act(bob, roomId, 'leave')).body, {});
    const events = (await eventsOf(server, roomId)).length;
    assert.deepEqual((await act(bob, roomId, 'leave', { reason: 'again' })).body, {});
    assert.equal((await eventsOf(server, roomId)).length, events);
    assert.deepEqual((await act(bob, roomId, 'forget')).body, {});
    assert.deepEqual(failure(await act(carol, roomId, 'leave')), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await act(carol, '!nothing:localhost', 'leave')), [404, 'M_NOT_FOUND']);
    assert.equal((await join(bob, roomId)).status, 200);
    assert.deepEqual(failure(await act(bob, roomId, 'forget')), [400, 'M_UNKNOWN']);
  });

  test('knocks, and is let in', async () => {
    const rules = { type: 'm.room.join_rules', content: { join_rule: 'knock' } };
    const roomId = await makeRoom(alice, { initial_state: [rules], room_alias_name: 'knockable' });
    const knocked = await bob.call('POST', `/knock/${seg('#knockable:localhost')}`, { reason: 'please' });
    assert.deepEqual([knocked.status, knocked.body], [200, { room_id: roomId }]);
    assert.deepEqual(await memberOf(bob, roomId), { membership: 'knock', displayname: 'bob', reason: 'please' });
    assert.deepEqual(failure(await join(bob, roomId)), [403, 'M_FORBIDDEN']);
    assert.equal((await act(alice, roomId, 'invite', { user_id: bob.userId })).status, 200);
    assert.equal((await join(bob, roomId)).status, 200);
    assert.deepEqual(failure(await bob.call('POST', `/knock/${seg(roomId)}`, {})), [403, 'M_FORBIDDEN']);
    await carol.call('POST', `/knock/${seg(roomId)}`);
    assert.equal((await act(carol, roomId, 'leave')).status, 200);
    assert.equal(await membershipIn(server, roomId, carol.userId), 'leave');
    const closed = await makeRoom(alice);
    assert.deepEqual(failure(await bob.call('POST', `/knock/${seg(closed)}`, {})), [403, 'M_FORBIDDEN']);
    const old = await makeRoom(alice, { room_version: '6', preset: 'public_chat' });
    assert.deepEqual(failure(await bob.call('POST', `/knock/${seg(old)}`, {})), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await bob.call('POST', `/knock/${seg('!no:localhost')}`, {})), [404, 'M_NOT_FOUND']);
  });

  test('restricted rooms admit members of the rooms they name', async () => {
    const space = await publicRoom({ creation_content: { type: 'm.space' } });
    for (const joinRule of ['restricted', 'knock_restricted']) {
      const allow = [{ type: 'm.room_membership', room_id: space }, { type: 'org.example.other' }];
      const rules = { type: 'm.room.join_rules', content: { join_rule: joinRule, allow } };
      const roomId = await makeRoom(alice, { initial_state: [rules], room_version: '10' });
      await act(bob, space, 'leave');
      assert.deepEqual(failure(await join(bob, roomId)), [403, 'M_FORBIDDEN']);
      await join(bob, space);
      assert.equal((await join(bob, roomId)).status, 200);
      assert.deepEqual(await memberOf(bob, roomId), {
        membership: 'join',
        displayname: 'bob',
        join_authorised_via_users_server: alice.userId,
      });
      // An invite does without any of this.
      await act(alice, roomId, 'invite', { user_id: carol.userId });
      assert.equal((await join(carol, roomId)).status, 200);
      assert.deepEqual(await memberOf(carol, roomId), { membership: 'join', displayname: 'carol' });
      // Nobody is left who could vouch.
      await act(bob, roomId, 'leave');
      await putState(alice, roomId, 'm.room.power_levels', { invite: 100, users: { [alice.userId]: 100 } });
      await act(alice, roomId, 'leave');
      assert.deepEqual(failure(await join(bob, roomId)), [403, 'M_FORBIDDEN']);
    }
  });

  test('PUT state of a member goes the same way', async () => {
    const roomId = await publicRoom();
    const joined = await putState(
      bob,
      roomId,
      'm.room.member',
      { membership: 'join', displayname: 'Overridden' },
      bob.userId,
    );
    assert.match(joined.body.event_id, /^\$/);
    assert.deepEqual(await memberOf(bob, roomId), { membership: 'join', displayname: 'Overridden' });
    const put = (user: TestUser, target: TestUser, membership: string) =>
      putState(user, roomId, 'm.room.member', { membership }, target.userId);
    assert.deepEqual(failure(await put(alice, carol, 'join')), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await put(alice, bob, 'invite')), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await put(alice, carol, 'leave')), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await put(alice, carol, 'nonsense')), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await putState(alice, roomId, 'm.room.member', {}, carol.userId)), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await putState(alice, roomId, 'm.room.member', { membership: 'ban' }, 'x')), [
      400,
      'M_INVALID_PARAM',
    ]);
    assert.equal((await put(alice, bob, 'leave')).status, 200);
    assert.equal((await put(alice, bob, 'ban')).status, 200);
    assert.equal((await put(alice, bob, 'leave')).status, 200);
    assert.equal(await membershipIn(server, roomId, bob.userId), 'leave');
    assert.equal((await put(alice, alice, 'leave')).status, 200);
    assert.equal(await membershipIn(server, roomId, alice.userId), 'leave');
  });

  test('guests join where guests are admitted, and leave when that ends', async () => {
    const { userId } = await createUser(server.ctx, { isGuest: true });
    const { accessToken } = await createSession(server.ctx, { userId });
    const headers = { authorization: `Bearer ${accessToken}` };
    const guestJoin = (roomId: string) => server.call('POST', `/join/${seg(roomId)}`, {}, { headers });
    const roomId = await publicRoom();
    assert.deepEqual(failure(await guestJoin(roomId)), [403, 'M_FORBIDDEN']);
    await putState(alice, roomId, 'm.room.guest_access', { guest_access: 'can_join' });
    assert.equal((await guestJoin(roomId)).status, 200);
    assert.deepEqual(await stateOf(server, roomId, 'm.room.member', userId), { membership: 'join' });
    await join(bob, roomId);
    await putState(alice, roomId, 'm.room.guest_access', { guest_access: 'forbidden' });
    assert.equal(await membershipIn(server, roomId, userId), 'leave');
    assert.equal(await membershipIn(server, roomId, bob.userId), 'join');
    assert.deepEqual(failure(await server.call('POST', '/createRoom', {}, { headers })), [
      403,
      'M_GUEST_ACCESS_FORBIDDEN',
    ]);
  });
});
