import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../lib/spec/json.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, eventsOf, failure, membershipIn, putState, seg, stateOf, typesOf } from './room-helpers.ts';

describe('room upgrades', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
  });
  after(() => server.close());

  const upgrade = async (user: TestUser, roomId: string, version: string, body: object = {}): Promise<string> => {
    const answer = await act(user, roomId, 'upgrade', { new_version: version, ...body });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual(Object.keys(answer.body), ['replacement_room']);
    return answer.body.replacement_room;
  };
  const levelsOf = async (roomId: string) => (await stateOf(server, roomId, 'm.room.power_levels')) as JsonObject;

  test('links the rooms, from any version to any other', async () => {
    const versions = ['1', '6', '9', '10', '11', '12'];
    for (const from of versions) {
      for (const to of versions) {
        const old = await makeRoom(alice, {
          room_version: from,
          creation_content: { 'm.federate': false, type: 'm.space' },
        });
        const fresh = await upgrade(alice, old, to);
        const tombstone = (await eventsOf(server, old)).find((row) => row.type === 'm.room.tombstone');
        assert.deepEqual(await stateOf(server, old, 'm.room.tombstone'), {
          body: 'This room has been replaced',
          replacement_room: fresh,
        });
        const create = await stateOf(server, fresh, 'm.room.create');
        const predecessor = to === '12' ? { room_id: old } : { room_id: old, event_id: tombstone?.eventId };
        assert.deepEqual(create?.['predecessor'], predecessor, `${from} to ${to}`);
        assert.equal(create?.['room_version'], to);
        assert.equal(create?.['m.federate'], false);
        assert.equal(create?.['type'], 'm.space');
        assert.equal(await membershipIn(server, fresh, alice.userId), 'join');
        // The upgrader may go on in the new room.
        assert.equal((await putState(alice, fresh, 'm.room.tombstone', { body: 'x' })).status, 200, `${from} to ${to}`);
      }
    }
  });

  test('takes the state along', async () => {
    const state: Record<string, JsonObject> = {
      'm.room.topic': { topic: 'topic' },
      'm.room.name': { name: 'name' },
      'm.room.join_rules': { join_rule: 'public' },
      'm.room.guest_access': { guest_access: 'forbidden' },
      'm.room.history_visibility': { history_visibility: 'joined' },
      'm.room.avatar': { url: 'http://something' },
      'm.room.encryption': { algorithm: 'm.megolm.v1.aes-sha2' },
      'm.room.server_acl': { allow: ['*'], allow_ip_literals: false, deny: ['*.evil.com'] },
    };
    const old = await makeRoom(alice, { creation_content: { type: 'm.space' }, room_version: '11' });
    for (const [type, content] of Object.entries(state)) await putState(alice, old, type, content);
    await putState(alice, old, 'm.space.child', { via: ['localhost'] }, '!child:localhost');
    await putState(alice, old, 'm.space.child', {}, '!removed:localhost');
    await putState(alice, old, 'org.example.private', { a: 1 });
    await putState(alice, old, 'm.room.member', { membership: 'ban', reason: 'spam' }, '@spam:elsewhere.example');
    const fresh = await upgrade(alice, old, '12');
    for (const [type, content] of Object.entries(state)) assert.deepEqual(await stateOf(server, fresh, type), content);
    assert.deepEqual(await stateOf(server, fresh, 'm.space.child', '!child:localhost'), { via: ['localhost'] });
    assert.equal(await stateOf(server, fresh, 'm.space.child', '!removed:localhost'), undefined);
    assert.equal(await stateOf(server, fresh, 'org.example.private'), undefined);
    assert.deepEqual(await stateOf(server, fresh, 'm.room.member', '@spam:elsewhere.example'), {
      membership: 'ban',
      reason: 'spam',
    });
    assert.equal((await typesOf(server, fresh)).filter((type) => type === 'm.room.power_levels').length, 1);
  });

  test('power levels stay as they were, and the old room is closed', async () => {
    const old = await makeRoom(alice, { preset: 'public_chat', room_version: '10' });
    const levels = {
      ...(await levelsOf(old)),
      users: { [alice.userId]: 500, '@test:xyz': 40 },
      users_default: 80,
      invite: 0,
    };
    await putState(alice, old, 'm.room.power_levels', { ...(await levelsOf(old)), users: { [alice.userId]: 100 } });
    const raised = await makeRoom(alice, { room_version: '10', power_level_content_override: levels });
    const fresh = await upgrade(alice, raised, '11');
    assert.deepEqual(await levelsOf(fresh), levels);
    const closed = await levelsOf(raised);
    assert.equal(closed['events_default'], 81);
    assert.equal(closed['invite'], 81);
    await upgrade(alice, old, '11');
    assert.equal((await levelsOf(old))['events_default'], 50);
    assert.equal((await levelsOf(old))['invite'], 50);
  });

  test('a moderator who upgrades is a moderator afterwards', async () => {
    const old = await makeRoom(alice, { preset: 'public_chat', room_version: '10' });
    await act(bob, old, 'join');
    const before = await levelsOf(old);
    const levels = {
      ...before,
      users: { [alice.userId]: 100, [bob.userId]: 50 },
      events: { ...(before['events'] as JsonObject), 'm.room.tombstone': 50 },
    };
    await putState(alice, old, 'm.room.power_levels', levels);
    const fresh = await upgrade(bob, old, '10');
    assert.deepEqual(await levelsOf(fresh), levels);
    assert.deepEqual(await levelsOf(old), levels);
    assert.equal((await stateOf(server, fresh, 'm.room.create'))?.['creator'], bob.userId);
  });

  test('levels change with the version', async () => {
    const strings = await makeRoom(alice, {
      room_version: '9',
      power_level_content_override: { ban: '60', users: { [alice.userId]: '100', [bob.userId]: ' 70 ' } },
    });
    const fresh = await upgrade(alice, strings, '10');
    const levels = await levelsOf(fresh);
    assert.equal(levels['ban'], 60);
    assert.deepEqual(levels['users'], { [alice.userId]: 100, [bob.userId]: 70 });
    const twelve = await upgrade(alice, fresh, '12', { additional_creators: [bob.userId] });
    const created = await stateOf(server, twelve, 'm.room.create');
    assert.deepEqual(created?.['additional_creators'], [bob.userId]);
    assert.deepEqual((await levelsOf(twelve))['users'], {});
    assert.equal(((await levelsOf(twelve))['events'] as JsonObject)['m.room.tombstone'], 150);
    const again = await upgrade(alice, twelve, '12');
    assert.equal((await stateOf(server, again, 'm.room.create'))?.['additional_creators'], undefined);
    const back = await upgrade(alice, twelve, '11');
    assert.deepEqual((await levelsOf(back))['users'], { [alice.userId]: 150, [bob.userId]: 150 });
  });

  test('moves aliases and the entry in the directory', async () => {
    const old = await makeRoom(alice, { room_alias_name: 'moving', visibility: 'public' });
    await alice.call('PUT', `/directory/room/${seg('#second:localhost')}`, { room_id: old });
    const content = { alias: '#moving:localhost', alt_aliases: ['#second:localhost'] };
    await putState(alice, old, 'm.room.canonical_alias', content);
    const fresh = await upgrade(alice, old, '12');
    assert.deepEqual(await stateOf(server, old, 'm.room.canonical_alias'), {});
    assert.deepEqual(await stateOf(server, fresh, 'm.room.canonical_alias'), content);
    for (const alias of ['#moving:localhost', '#second:localhost']) {
      assert.equal((await server.call('GET', `/directory/room/${seg(alias)}`)).body.room_id, fresh);
    }
    assert.deepEqual((await server.call('GET', `/directory/list/room/${seg(old)}`)).body, { visibility: 'private' });
    assert.deepEqual((await server.call('GET', `/directory/list/room/${seg(fresh)}`)).body, { visibility: 'public' });
    const listed = (await alice.call('GET', '/publicRooms')).body.chunk.map(
      (room: { room_id: string }) => room.room_id,
    );
    assert.ok(listed.includes(fresh) && !listed.includes(old));
  });

  test("carries over members' settings when they join", async () => {
    const old = await makeRoom(alice, { preset: 'public_chat' });
    await act(bob, old, 'join');
    const { accountData } = server.ctx.writers;
    for (const { userId } of [alice, bob]) {
      await accountData.setTag({ userId, roomId: old, tag: 'm.favourite', content: { order: 0.5 } });
      await accountData.set({ userId, roomId: null, type: 'm.direct', content: { '@x:y': [old], '@z:y': [] } });
      const rule = { kind: 'room', ruleId: old, order: 1, actions: ['notify'], enabled: true };
      await accountData.setPushRules({ userId, changes: [rule], version: 0 });
    }
    const fresh = await upgrade(alice, old, '12');
    await act(bob, fresh, 'join');
    for (const user of [alice, bob]) {
      const base = `/user/${seg(user.userId)}`;
      assert.deepEqual((await user.call('GET', `${base}/rooms/${seg(fresh)}/tags`)).body, {
        tags: { 'm.favourite': { order: 0.5 } },
      });
      assert.deepEqual((await user.call('GET', `${base}/account_data/m.direct`)).body, {
        '@x:y': [old, fresh],
        '@z:y': [],
      });
      const rules = (await user.call('GET', '/pushrules/')).body.global.room.map(
        (rule: { rule_id: string }) => rule.rule_id,
      );
      assert.deepEqual(rules.sort(), [old, fresh].sort());
    }
  });

  test('refuses', async () => {
    const old = await makeRoom(alice, { preset: 'public_chat' });
    await act(bob, old, 'join');
    const refused = async (user: TestUser, room: string, body: object) =>
      failure(await act(user, room, 'upgrade', body));
    assert.deepEqual(await refused(alice, old, { new_version: 'my_bad_version' }), [400, 'M_UNSUPPORTED_ROOM_VERSION']);
    assert.deepEqual(await refused(alice, old, {}), [400, 'M_MISSING_PARAM']);
    assert.deepEqual(await refused(alice, old, { new_version: '12', additional_creators: ['x'] }), [
      400,
      'M_INVALID_PARAM',
    ]);
    assert.deepEqual(await refused(bob, old, { new_version: '12' }), [403, 'M_FORBIDDEN']);
    assert.deepEqual(await refused(alice, '!fail:unknown', { new_version: '12' }), [404, 'M_NOT_FOUND']);
    assert.equal(await stateOf(server, old, 'm.room.tombstone'), undefined);
  });
});
