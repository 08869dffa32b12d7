import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, failure, putState, seg } from './room-helpers.ts';

interface Listed {
  room_id: string;
  name?: string;
}

describe('the room directory', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    server = await testServer({ federation: { publicRoomsWithoutAuth: true } });
    alice = await server.user('alice');
    bob = await server.user('bob');
  });
  after(() => server.close());

  const idsOf = (body: { chunk: Listed[] }) => body.chunk.map((room) => room.room_id);
  const entryOf = async (roomId: string) =>
    (await alice.call('GET', '/publicRooms')).body.chunk.find((room: Listed) => room.room_id === roomId);

  test('says what a room is', async () => {
    const roomId = await makeRoom(alice, {
      visibility: 'public',
      room_alias_name: 'cheese',
      name: 'un nom français',
      topic: 'à la française',
      creation_content: { type: 'm.space' },
      initial_state: [
        { type: 'm.room.avatar', content: { url: 'mxc://localhost/x' } },
        { type: 'm.room.guest_access', content: { guest_access: 'can_join' } },
        { type: 'm.room.history_visibility', content: { history_visibility: 'world_readable' } },
      ],
    });
    await act(bob, roomId, 'join');
    assert.deepEqual(await entryOf(roomId), {
      room_id: roomId,
      name: 'un nom français',
      topic: 'à la française',
      avatar_url: 'mxc://localhost/x',
      canonical_alias: '#cheese:localhost',
      num_joined_members: 2,
      world_readable: true,
      guest_can_join: true,
      join_rule: 'public',
      room_type: 'm.space',
    });
  });

  test('follows the state of the room, redactions too', async () => {
    const roomId = await makeRoom(alice, { visibility: 'public' });
    assert.equal((await entryOf(roomId)).name, undefined);
    const named = await putState(alice, roomId, 'm.room.name', { name: 'Secret \0 name' });
    assert.equal((await entryOf(roomId)).name, 'Secret  name');
    await act(bob, roomId, 'join');
    assert.equal((await entryOf(roomId)).num_joined_members, 2);
    await say(alice, roomId, 'nothing changes');
    await alice.call('PUT', `/rooms/${seg(roomId)}/redact/${seg(named.body.event_id)}/1`, {});
    assert.equal((await entryOf(roomId)).name, undefined);
    assert.equal((await entryOf(roomId)).name, undefined);
    await putState(alice, roomId, 'm.room.topic', {
      topic: 'old',
      'm.topic': { 'm.text': [{ body: '<b>', mimetype: 'text/html' }, { body: 'plain' }] },
    });
    assert.equal((await entryOf(roomId)).topic, 'plain');
  });

  test('lists no rooms that nobody can enter, are left or are taken out', async () => {
    const roomId = await makeRoom(alice, { visibility: 'public' });
    assert.ok(await entryOf(roomId));
    await putState(alice, roomId, 'm.room.join_rules', { join_rule: 'invite' });
    assert.equal(await entryOf(roomId), undefined);
    await putState(alice, roomId, 'm.room.join_rules', { join_rule: 'knock' });
    assert.ok(await entryOf(roomId));
    const put = (user: TestUser, body: unknown, room = roomId) =>
      user.call('PUT', `/directory/list/room/${seg(room)}`, body);
    assert.deepEqual((await put(alice, { visibility: 'private' })).body, {});
    assert.equal(await entryOf(roomId), undefined);
    assert.deepEqual((await put(alice, {})).body, {});
    assert.ok(await entryOf(roomId));
    assert.deepEqual(failure(await put(bob, { visibility: 'private' })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await put(alice, { visibility: 'secret' })), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await put(alice, {}, '!no:localhost')), [404, 'M_NOT_FOUND']);
    const unknown = await server.call('GET', `/directory/list/room/${seg('!no:localhost')}`);
    assert.deepEqual(failure(unknown), [404, 'M_NOT_FOUND']);
    await act(alice, roomId, 'leave');
    assert.equal(await entryOf(roomId), undefined);
  });

  test('pages forth and back, each room once', async () => {
    for (let i = 0; i < 10; i++) await makeRoom(alice, { visibility: 'public', name: `page ${i}` });
    const all = idsOf((await alice.call('GET', '/publicRooms')).body);
    const forth: string[] = [];
    let page = (await alice.call('POST', '/publicRooms', { limit: 3 })).body;
    assert.equal(page.prev_batch, undefined);
    assert.equal(page.total_room_count_estimate, all.length);
    for (;;) {
      assert.ok(page.chunk.length <= 3);
      forth.push(...idsOf(page));
      if (!page.next_batch) break;
      page = (await alice.call('POST', '/publicRooms', { limit: 3, since: page.next_batch })).body;
    }
    assert.deepEqual(forth, all);
    const back: string[] = idsOf(page);
    while (page.prev_batch) {
      page = (await alice.call('GET', `/publicRooms?limit=3&since=${page.prev_batch}`)).body;
      back.unshift(...idsOf(page));
    }
    assert.deepEqual(back, all);
    assert.deepEqual(failure(await alice.call('GET', '/publicRooms?since=nonsense')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await alice.call('GET', '/publicRooms?limit=-1')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await alice.call('POST', '/publicRooms', { limit: 'x' })), [400, 'M_BAD_JSON']);
  });

  test('searches name, topic and alias whatever the case, and by room type', async () => {
    const wombles = await makeRoom(alice, { visibility: 'public', topic: 'The Wombles' });
    const space = await makeRoom(alice, {
      visibility: 'public',
      name: '100%_wombles',
      creation_content: { type: 'm.space' },
    });
    const alias = await makeRoom(alice, { visibility: 'public', room_alias_name: 'womblealias' });
    const search = async (filter: object) => idsOf((await bob.call('POST', '/publicRooms', { filter })).body).sort();
    assert.deepEqual(await search({ generic_search_term: 'wombles' }), [wombles, space].sort());
    assert.deepEqual(await search({ generic_search_term: 'WOMBLEA' }), [alias]);
    assert.deepEqual(await search({ generic_search_term: '%_w' }), [space]);
    assert.deepEqual(await search({ generic_search_term: 'wombles', room_types: ['m.space'] }), [space]);
    assert.deepEqual(await search({ generic_search_term: 'wombles', room_types: [null] }), [wombles]);
    assert.deepEqual(
      await search({ generic_search_term: 'wombles', room_types: [null, 'm.space'] }),
      [wombles, space].sort(),
    );
    assert.deepEqual(await search({ generic_search_term: 'wombles', room_types: [] }), []);
    assert.deepEqual(idsOf((await bob.call('POST', '/publicRooms', { third_party_instance_id: 'irc' })).body), []);
  });

  test('asks for a token where it has to, and for other servers in vain', async () => {
    assert.equal((await server.call('GET', '/publicRooms')).status, 200);
    assert.deepEqual(failure(await server.call('GET', '/publicRooms?server=localhost')), [401, 'M_MISSING_TOKEN']);
    assert.deepEqual(failure(await server.call('POST', '/publicRooms', {})), [401, 'M_MISSING_TOKEN']);
    assert.equal((await alice.call('POST', '/publicRooms?server=localhost', {})).status, 200);
    const elsewhere = await alice.call('POST', '/publicRooms?server=elsewhere.example', {});
    assert.deepEqual(failure(elsewhere), [502, 'M_UNKNOWN']);
  });
});
