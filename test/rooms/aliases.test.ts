import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deleteRoomAlias } from '../../lib/storage/rooms/room-aliases.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, failure, putState, seg, stateOf } from './room-helpers.ts';

describe('room aliases', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let root: TestUser;
  let roomId: string;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
    root = await server.user('root', { admin: true });
    roomId = await makeRoom(alice, { preset: 'public_chat' });
    await act(bob, roomId, 'join');
  });
  after(() => server.close());

  const path = (alias: string) => `/directory/room/${seg(alias)}`;
  const put = (user: TestUser, alias: string, room = roomId) => user.call('PUT', path(alias), { room_id: room });
  const remove = (user: TestUser, alias: string) => user.call('DELETE', path(alias));

  test('any member gives the room an alias, also in Unicode, and removes it', async () => {
    const alias = '##☕:localhost';
    assert.deepEqual((await put(bob, alias)).body, {});
    assert.deepEqual((await server.call('GET', path(alias))).body, { room_id: roomId, servers: ['localhost'] });
    assert.deepEqual(failure(await put(alice, alias)), [409, 'M_ROOM_IN_USE']);
    const listed = await alice.call('GET', `/rooms/${seg(roomId)}/aliases`);
    assert.deepEqual(listed.body, { aliases: [alias] });
    assert.deepEqual((await remove(bob, alias)).body, {});
    assert.deepEqual(failure(await server.call('GET', path(alias))), [404, 'M_NOT_FOUND']);
    assert.deepEqual(failure(await remove(bob, alias)), [404, 'M_NOT_FOUND']);
  });

  test('refuses aliases that are none, of other servers, of other rooms', async () => {
    const eve = await server.user('eve');
    assert.deepEqual(failure(await put(alice, 'nothing')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(alice, '#a b:localhost')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(alice, '#a:elsewhere.example')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(alice, `#${'a'.repeat(300)}:localhost`)), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await put(eve, '#eve:localhost')), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await put(alice, '#x:localhost', '!no:localhost')), [400, 'M_UNKNOWN']);
    assert.deepEqual(failure(await alice.call('PUT', path('#x:localhost'), {})), [400, 'M_MISSING_PARAM']);
    assert.deepEqual(failure(await server.call('GET', path('nothing'))), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await server.call('GET', path('#a:elsewhere.example'))), [502, 'M_UNKNOWN']);
    assert.deepEqual(failure(await remove(alice, '#a:elsewhere.example')), [400, 'M_UNKNOWN']);
  });

  test('an alias is removed by its maker, by who may set the canonical alias, by administrators, by nobody else', async () => {
    const dan = await server.user('dan');
    await act(dan, roomId, 'join');
    await put(bob, '#bobs:localhost');
    assert.deepEqual(failure(await remove(dan, '#bobs:localhost')), [403, 'M_FORBIDDEN']);
    assert.equal((await remove(alice, '#bobs:localhost')).status, 200);
    await put(bob, '#bobs:localhost');
    assert.equal((await remove(root, '#bobs:localhost')).status, 200);
  });

  test('the canonical alias names aliases of the room only', async () => {
    const other = await makeRoom(alice, { room_alias_name: 'other' });
    await put(alice, '#main:localhost');
    await put(alice, '#alt:localhost');
    const set = (content: object) => putState(alice, roomId, 'm.room.canonical_alias', content);
    assert.equal((await set({ alias: '#main:localhost', alt_aliases: ['#alt:localhost'] })).status, 200);
    assert.deepEqual(failure(await set({ alias: '#other:localhost' })), [400, 'M_BAD_ALIAS']);
    assert.deepEqual(failure(await set({ alias: '#main:localhost', alt_aliases: ['#no:localhost'] })), [
      400,
      'M_BAD_ALIAS',
    ]);
    assert.deepEqual(failure(await set({ alias: '#a:elsewhere.example' })), [400, 'M_BAD_ALIAS']);
    assert.deepEqual(failure(await set({ alias: '%main:localhost' })), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await set({ alt_aliases: ['%alt:localhost'] })), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await set({ alt_aliases: 'alt' })), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await set({ alias: 5 })), [400, 'M_INVALID_PARAM']);
    // What is listed already is not looked up again.
    await deleteRoomAlias(server.ctx.db, '#alt:localhost');
    assert.equal((await put(alice, '#alt:localhost', other)).status, 200);
    assert.equal((await set({ alias: '#main:localhost', alt_aliases: ['#alt:localhost'], x: 1 })).status, 200);
  });

  test('removing an alias takes it out of the canonical alias, where its remover may', async () => {
    const room = await makeRoom(alice, { preset: 'public_chat', room_alias_name: 'one' });
    await act(bob, room, 'join');
    await put(alice, '#two:localhost', room);
    await put(bob, '#three:localhost', room);
    const content = { alias: '#one:localhost', alt_aliases: ['#two:localhost', '#three:localhost'] };
    assert.equal((await putState(alice, room, 'm.room.canonical_alias', content)).status, 200);
    await remove(alice, '#one:localhost');
    assert.deepEqual(await stateOf(server, room, 'm.room.canonical_alias'), {
      alt_aliases: ['#two:localhost', '#three:localhost'],
    });
    assert.equal((await remove(bob, '#three:localhost')).status, 200);
    assert.deepEqual(await stateOf(server, room, 'm.room.canonical_alias'), {
      alt_aliases: ['#two:localhost', '#three:localhost'],
    });
    await remove(alice, '#two:localhost');
    assert.deepEqual(await stateOf(server, room, 'm.room.canonical_alias'), { alt_aliases: ['#three:localhost'] });
  });

  test('only members list the aliases of a room, unless it is world readable', async () => {
    const room = await makeRoom(alice, { room_alias_name: 'listed' });
    const list = (user: TestUser) => user.call('GET', `/rooms/${seg(room)}/aliases`);
    assert.deepEqual(failure(await list(bob)), [403, 'M_FORBIDDEN']);
    assert.deepEqual((await list(root)).body, { aliases: ['#listed:localhost'] });
    await putState(alice, room, 'm.room.history_visibility', { history_visibility: 'world_readable' });
    assert.deepEqual((await list(bob)).body, { aliases: ['#listed:localhost'] });
    assert.deepEqual(failure(await alice.call('GET', `/rooms/${seg('!no:localhost')}/aliases`)), [403, 'M_FORBIDDEN']);
  });
});
