import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { visiblePdu } from '../../lib/domain/events/client-event.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { eventsOf, failure, membershipIn, seg, stateOf, typesOf } from './room-helpers.ts';

describe('createRoom', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
  });
  after(() => server.close());

  const refused = async (body: unknown) => failure(await alice.call('POST', '/createRoom', body));

  test('sends the first events in the order of the specification', async () => {
    const roomId = await makeRoom(alice, {
      room_alias_name: 'order',
      name: 'A name',
      topic: 'A topic',
      invite: [bob.userId],
      is_direct: true,
      initial_state: [
        { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
        { type: 'org.example.widget', state_key: 'one', content: { a: 1 } },
        { type: 'm.room.name', content: { name: 'Overwritten' } },
        { type: 'm.room.history_visibility', content: { history_visibility: 'joined' } },
      ],
    });
    assert.deepEqual(await typesOf(server, roomId), [
      'm.room.create',
      'm.room.member join',
      'm.room.power_levels',
      'm.room.canonical_alias',
      'm.room.join_rules',
      'm.room.guest_access',
      'm.room.encryption',
      'org.example.widget',
      'm.room.history_visibility',
      'm.room.name',
      'm.room.topic',
      'm.room.member invite',
    ]);
    assert.deepEqual(await stateOf(server, roomId, 'm.room.name'), { name: 'A name' });
    assert.deepEqual(await stateOf(server, roomId, 'm.room.topic'), {
      topic: 'A topic',
      'm.topic': { 'm.text': [{ body: 'A topic', mimetype: 'text/plain' }] },
    });
    assert.deepEqual(await stateOf(server, roomId, 'm.room.canonical_alias'), { alias: '#order:localhost' });
    assert.deepEqual(await stateOf(server, roomId, 'm.room.member', bob.userId), {
      membership: 'invite',
      displayname: 'bob',
      is_direct: true,
    });
    assert.deepEqual(await stateOf(server, roomId, 'm.room.member', alice.userId), {
      membership: 'join',
      displayname: 'alice',
    });
    const alias = await server.call('GET', `/directory/room/${seg('#order:localhost')}`);
    assert.deepEqual(alias.body, { room_id: roomId, servers: ['localhost'] });
  });

  test('follows the presets', async () => {
    const wanted = {
      private_chat: ['invite', 'shared', 'can_join', 0],
      trusted_private_chat: ['invite', 'shared', 'can_join', 0],
      public_chat: ['public', 'shared', undefined, 50],
    };
    for (const [preset, [joinRule, visibility, guests, invite]] of Object.entries(wanted)) {
      const roomId = await makeRoom(alice, { preset });
      assert.deepEqual(await stateOf(server, roomId, 'm.room.join_rules'), { join_rule: joinRule });
      assert.deepEqual(await stateOf(server, roomId, 'm.room.history_visibility'), { history_visibility: visibility });
      const guestAccess = guests === undefined ? undefined : { guest_access: guests };
      assert.deepEqual(await stateOf(server, roomId, 'm.room.guest_access'), guestAccess);
      assert.equal((await stateOf(server, roomId, 'm.room.power_levels'))?.['invite'], invite);
    }
    const open = await makeRoom(alice, { visibility: 'public' });
    assert.deepEqual(await stateOf(server, open, 'm.room.join_rules'), { join_rule: 'public' });
    assert.deepEqual((await server.call('GET', `/directory/list/room/${seg(open)}`)).body, { visibility: 'public' });
    const closed = await makeRoom(alice, {});
    assert.deepEqual((await server.call('GET', `/directory/list/room/${seg(closed)}`)).body, { visibility: 'private' });
  });

  test('version 12: the id is the hash of the create event, creators are no part of the power levels', async () => {
    const roomId = await makeRoom(alice, {
      preset: 'trusted_private_chat',
      invite: [bob.userId, bob.userId],
      creation_content: {
        additional_creators: ['@carol:localhost', alice.userId],
        'm.federate': false,
        creator: '@x:y',
      },
    });
    const [create] = await eventsOf(server, roomId);
    assert.equal(create?.eventId, `$${roomId.slice(1)}`);
    assert.deepEqual(create && visiblePdu(create).content, {
      'm.federate': false,
      room_version: '12',
      additional_creators: ['@carol:localhost', '@bob:localhost'],
    });
    const levels = await stateOf(server, roomId, 'm.room.power_levels');
    assert.deepEqual(levels?.['users'], {});
    assert.equal((levels?.['events'] as Record<string, number> | undefined)?.['m.room.tombstone'], 150);
  });

  test('version 10: the id has a domain, the creator and those trusted have level 100', async () => {
    const roomId = await makeRoom(alice, { preset: 'trusted_private_chat', invite: [bob.userId], room_version: '10' });
    assert.match(roomId, /^![A-Za-z]+:localhost$/);
    const create = await stateOf(server, roomId, 'm.room.create');
    assert.deepEqual(create, { creator: alice.userId, room_version: '10' });
    const levels = await stateOf(server, roomId, 'm.room.power_levels');
    assert.deepEqual(levels?.['users'], { [alice.userId]: 100, [bob.userId]: 100 });
    assert.equal((levels?.['events'] as Record<string, number> | undefined)?.['m.room.tombstone'], 100);
  });

  test('makes rooms of every version', async () => {
    for (let version = 1; version <= 12; version++) {
      const roomId = await makeRoom(alice, { room_version: String(version), name: 'v', invite: [bob.userId] });
      assert.equal((await stateOf(server, roomId, 'm.room.create'))?.['room_version'], String(version));
      assert.equal(await membershipIn(server, roomId, bob.userId), 'invite');
    }
  });

  test('the version of the creation content does not count, other members do', async () => {
    const roomId = await makeRoom(alice, {
      creation_content: { test: 'azerty', room_version: 'test', type: 'm.space' },
    });
    const create = await stateOf(server, roomId, 'm.room.create');
    assert.deepEqual(create, { test: 'azerty', room_version: '12', type: 'm.space' });
  });

  test('lays the override over the power levels', async () => {
    const roomId = await makeRoom(alice, {
      power_level_content_override: { events_default: 10, users: { [bob.userId]: 75 } },
    });
    const levels = await stateOf(server, roomId, 'm.room.power_levels');
    assert.equal(levels?.['events_default'], 10);
    assert.deepEqual(levels?.['users'], { [bob.userId]: 75 });
    assert.equal(levels?.['state_default'], 50);
  });

  test('refuses what it cannot make, and names it', async () => {
    assert.deepEqual(await refused({ room_version: 1 }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ room_version: 'agjkyhdsghkjackljkj' }), [400, 'M_UNSUPPORTED_ROOM_VERSION']);
    assert.deepEqual(await refused({ preset: 'cosy_chat' }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ visibility: 'hidden' }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ name: 5 }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ invite: ['bob'] }), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(await refused({ invite: 'bob' }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ room_alias_name: '#a:localhost' }), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(await refused({ room_alias_name: 'a b' }), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(await refused({ room_alias_name: 'a'.repeat(300) }), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(await refused({ creation_content: { additional_creators: ['x'] } }), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(await refused({ initial_state: [{ type: 'm.room.create', content: {} }] }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ initial_state: [{ type: 'm.room.name' }] }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ power_level_content_override: { ban: '50' } }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ power_level_content_override: { users: { bob: 5 } } }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ initial_state: [{ type: 'a.b', content: { x: 1.5 } }] }), [400, 'M_BAD_JSON']);
    assert.deepEqual(await refused({ power_level_content_override: { users: { [alice.userId]: 100 } } }), [
      400,
      'M_INVALID_ROOM_STATE',
    ]);
    const body = {
      room_version: '11',
      power_level_content_override: { users: { [bob.userId]: 100 } },
      name: 'no right',
    };
    assert.deepEqual(await refused(body), [400, 'M_INVALID_ROOM_STATE']);
    const invite3pid = [{ id_server: 'id.org', medium: 'email', address: 'a@b.c' }];
    assert.deepEqual(await refused({ invite_3pid: invite3pid }), [400, 'M_MISSING_PARAM']);
    const large = { initial_state: [{ type: 'a.b', content: { x: 'y'.repeat(66_000) } }] };
    assert.deepEqual(await refused(large), [413, 'M_TOO_LARGE']);
    assert.deepEqual(failure(await server.call('POST', '/createRoom', {})), [401, 'M_MISSING_TOKEN']);
  });

  test('gives an alias to one of many that want it, and the others hear why', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => alice.call('POST', '/createRoom', { room_alias_name: 'wanted' })),
    );
    const made = answers.filter((answer) => answer.status === 200);
    assert.equal(made.length, 1);
    for (const answer of answers) if (answer !== made[0]) assert.deepEqual(failure(answer), [400, 'M_ROOM_IN_USE']);
    const alias = await server.call('GET', `/directory/room/${seg('#wanted:localhost')}`);
    assert.equal(alias.body.room_id, made[0]?.body.room_id);
  });

  test('a room that could not be made leaves its alias free', async () => {
    const body = { room_alias_name: 'again', power_level_content_override: { users: { [alice.userId]: 1 } } };
    assert.deepEqual(await refused(body), [400, 'M_INVALID_ROOM_STATE']);
    assert.deepEqual(failure(await server.call('GET', `/directory/room/${seg('#again:localhost')}`)), [
      404,
      'M_NOT_FOUND',
    ]);
    const roomId = await makeRoom(alice, { room_alias_name: 'again' });
    assert.equal((await server.call('GET', `/directory/room/${seg('#again:localhost')}`)).body.room_id, roomId);
  });

  test('rooms that are made alike at the same time are different rooms', async () => {
    const roomIds = await Promise.all(Array.from({ length: 20 }, () => makeRoom(alice)));
    assert.equal(new Set(roomIds).size, 20);
  });

  test('invites nobody who takes no invites', async () => {
    const dora = await server.user('dora');
    const block = { default_action: 'block' };
    await server.ctx.writers.accountData.set({
      userId: dora.userId,
      roomId: null,
      type: 'm.invite_permission_config',
      content: block,
    });
    assert.deepEqual(await refused({ invite: [dora.userId] }), [403, 'M_INVITE_BLOCKED']);
  });

  test('says that a user of another server cannot be reached', async () => {
    assert.deepEqual(await refused({ invite: ['@eve:elsewhere.example'] }), [502, 'M_UNKNOWN']);
  });
});
