import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../../kit/server.ts';
import { act, ids, join, keys, leave, ok, roomPath, send, setState, texts } from '../reader.ts';
import { LIST, SlidingReader } from './sliding-reader.ts';

describe('rooms of sliding sync', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  test('somebody without rooms', async () => {
    const body = await new SlidingReader(await newUser()).sync();
    assert.match(body.pos, /^\d+\/s\d+/);
    assert.deepEqual(body.lists, { all: { count: 0, ops: [{ op: 'SYNC', range: [0, 19], room_ids: [] }] } });
    assert.deepEqual(body.rooms, {});
    assert.deepEqual(body.extensions, {});
  });

  test('a room that is new to the client', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat', name: 'a room' });
    await join(bob, room);
    const sent = [];
    for (let i = 0; i < 3; i++) sent.push(await say(alice, room, `m${i}`));
    const reader = new SlidingReader(bob, { lists: { all: { ...LIST, timeline_limit: 2 } } });
    const body = await reader.sync();
    const entry = body.rooms[room];
    assert.equal(entry.initial, true);
    assert.equal(entry.name, 'a room');
    assert.deepEqual(ids(entry.timeline), sent.slice(1));
    assert.deepEqual([entry.limited, entry.num_live], [true, 0]);
    assert.deepEqual(keys(entry.required_state), ['m.room.create|', `m.room.member|${bob.userId}`, 'm.room.name|']);
    assert.deepEqual([entry.joined_count, entry.invited_count], [2, 0]);
    assert.deepEqual([entry.notification_count, entry.highlight_count], [3, 0]);
    assert.deepEqual([entry.membership, entry.lists], ['join', ['all']]);
    assert.equal(entry.heroes, undefined, 'it has a name');
    assert.equal(entry.is_dm, undefined);
    assert.equal(entry.timeline[0].unsigned.membership, 'join');
    const older = await ok(bob, 'GET', roomPath(room, `/messages?dir=b&limit=1&from=${entry.prev_batch}`));
    assert.deepEqual(ids(older.chunk), [sent[0]], 'prev_batch leads on into the past');
  });

  test('only what is new comes afterwards', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice, { name: 'before' });
    await makeRoom(alice, { name: 'other' });
    const reader = new SlidingReader(alice);
    await reader.sync();
    assert.deepEqual((await reader.sync()).rooms, {});
    const message = await say(alice, room, 'hello');
    const first = await reader.sync();
    assert.deepEqual(Object.keys(first.rooms), [room]);
    const entry = first.rooms[room];
    assert.deepEqual(ids(entry.timeline), [message]);
    assert.deepEqual([entry.initial, entry.name, entry.joined_count], [undefined, undefined, undefined]);
    assert.deepEqual([entry.limited, entry.num_live], [false, 1]);
    assert.deepEqual(entry.required_state, []);
    assert.equal(entry.timeline[0].unsigned.transaction_id.length > 0, true);
    const renamed = await setState(alice, room, 'm.room.name', { name: 'after' });
    await setState(alice, room, 'm.room.topic', { topic: 'not asked for' });
    const second = (await reader.sync()).rooms[room];
    assert.equal(second.name, 'after');
    assert.deepEqual(ids(second.required_state), [renamed], 'what changed of the state that is asked for');
    assert.equal(second.timeline.length, 2);
  });

  test('a gap', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const reader = new SlidingReader(alice, {
      lists: { all: { ...LIST, timeline_limit: 1, required_state: [['m.room.topic', '']] } },
    });
    await reader.sync();
    const topic = await setState(alice, room, 'm.room.topic', { topic: 'in the gap' });
    await say(alice, room, 'one');
    const last = await say(alice, room, 'two');
    const entry = (await reader.sync()).rooms[room];
    assert.deepEqual([ids(entry.timeline), entry.limited, entry.num_live], [[last], true, 1]);
    assert.deepEqual(ids(entry.required_state), [topic]);
  });

  test('state: wildcards, lazily loaded members, exclusions', async () => {
    const [alice, bob, carol] = [await newUser(), await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    await join(carol, room);
    await setState(alice, room, 'x.thing', {}, 'a');
    await setState(alice, room, 'x.thing', {}, 'b');
    await say(bob, room, 'hello');
    const state = async (required_state: unknown) => {
      const reader = new SlidingReader(alice, { lists: { all: { ...LIST, timeline_limit: 1, required_state } } });
      return keys((await reader.sync()).rooms[room].required_state);
    };
    const [a, b, c] = [alice, bob, carol].map((user) => `m.room.member|${user.userId}`) as [string, string, string];
    const others = [
      'm.room.create|',
      'm.room.history_visibility|',
      'm.room.join_rules|',
      'm.room.power_levels|',
      'x.thing|a',
      'x.thing|b',
    ];
    assert.deepEqual(await state([]), []);
    assert.deepEqual(await state([['*', '*']]), [...others, a, b, c].sort());
    assert.deepEqual(await state([['x.thing', '*']]), ['x.thing|a', 'x.thing|b']);
    assert.deepEqual(await state([['*', 'b']]), ['x.thing|b']);
    assert.deepEqual(await state([['m.room.member', '$LAZY']]), [b], 'who is in the timeline');
    assert.deepEqual(
      await state([
        ['m.room.member', '$ME'],
        ['m.room.member', '$LAZY'],
      ]),
      [a, b],
    );
    assert.deepEqual(
      await state([
        ['*', '*'],
        ['m.room.member', '$LAZY'],
      ]),
      [...others, b].sort(),
    );
    assert.deepEqual(
      await state({ include: [{}], exclude: [{ type: 'x.thing' }], lazy_members: true }),
      [...others.slice(0, 4), b].sort(),
    );
  });

  test('lazily loaded members are sent once, and again when they have changed', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const lists = { all: { ...LIST, timeline_limit: 1, required_state: [['m.room.member', '$LAZY']] } };
    const reader = new SlidingReader(alice, { lists });
    await say(bob, room, 'one');
    const members = async () => keys((await reader.sync()).rooms[room].required_state);
    const bobsEvent = `m.room.member|${bob.userId}`;
    assert.deepEqual(await members(), [bobsEvent]);
    await say(bob, room, 'two');
    assert.deepEqual(await members(), [], 'the client knows him');
    await setState(bob, room, 'm.room.member', { membership: 'join', displayname: 'Bob' }, bob.userId);
    assert.deepEqual(await members(), [bobsEvent]);
    await setState(bob, room, 'm.room.member', { membership: 'join', displayname: 'Robert' }, bob.userId);
    await say(alice, room, 'three');
    await say(alice, room, 'four');
    assert.deepEqual(await members(), [`m.room.member|${alice.userId}`], 'his change is in the gap');
    await say(bob, room, 'five');
    const entry = (await reader.sync()).rooms[room];
    assert.deepEqual(
      entry.required_state.map((event: { content: object }) => event.content),
      [{ membership: 'join', displayname: 'Robert' }],
    );
  });

  test('heroes give a room without a name one', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    await ok(bob, 'PUT', `/profile/${bob.userId}/displayname`, { displayname: 'Bob' });
    const room = await makeRoom(alice, { preset: 'private_chat', invite: [bob.userId], is_direct: true });
    await ok(alice, 'PUT', `/user/${alice.userId}/account_data/m.direct`, { [bob.userId]: [room] });
    await join(bob, room);
    const entry = (await new SlidingReader(alice).sync()).rooms[room];
    assert.equal(entry.name, undefined);
    assert.deepEqual(entry.heroes, [{ user_id: bob.userId, displayname: 'Bob' }]);
    assert.equal(entry.is_dm, true);
  });

  test('invites and knocks show stripped state, and turn into rooms', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const invited = await makeRoom(alice, { name: 'come in' });
    const knocked = await makeRoom(alice, {
      name: 'knock',
      initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
    });
    const reader = new SlidingReader(bob);
    await reader.sync();
    await act(alice, 'invite', bob, invited);
    await ok(bob, 'POST', `/knock/${knocked}`, {});
    const body = await reader.sync();
    const [invite, knock] = [body.rooms[invited], body.rooms[knocked]];
    assert.deepEqual([invite.initial, invite.membership, knock.membership], [true, 'invite', 'knock']);
    assert.deepEqual([invite.timeline, invite.required_state], [undefined, undefined]);
    const name = invite.invite_state.find((event: { type: string }) => event.type === 'm.room.name');
    assert.deepEqual(name, {
      type: 'm.room.name',
      state_key: '',
      sender: alice.userId,
      content: { name: 'come in' },
    });
    assert.ok(keys(knock.invite_state).includes(`m.room.member|${bob.userId}`));
    assert.ok(invite.bump_stamp > 0);
    assert.deepEqual((await reader.sync()).rooms, {}, 'told once');
    await join(bob, invited);
    const joined = (await reader.sync()).rooms[invited];
    assert.deepEqual([joined.initial, joined.membership, joined.name], [true, 'join', 'come in']);
    await ok(alice, 'POST', roomPath(knocked, '/kick'), { user_id: bob.userId });
    const refused = (await reader.sync()).rooms[knocked];
    assert.equal(refused.membership, 'leave');
    assert.deepEqual(keys(refused.invite_state), [`m.room.member|${bob.userId}`]);
  });

  test('rooms that the reader leaves are told once, those it is put out of stay', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const [left, kicked, never] = [
      await makeRoom(alice, { preset: 'public_chat' }),
      await makeRoom(alice, { preset: 'public_chat' }),
      await makeRoom(alice, { preset: 'public_chat' }),
    ];
    await join(bob, left);
    await join(bob, kicked);
    const reader = new SlidingReader(bob);
    await reader.sync();
    await leave(bob, left);
    await act(alice, 'kick', bob, kicked);
    await act(alice, 'ban', bob, never);
    await say(alice, left, 'not for him');
    await say(alice, kicked, 'not for him');
    const body = await reader.sync();
    assert.deepEqual(Object.keys(body.rooms).sort(), [left, kicked].sort());
    for (const room of [left, kicked]) {
      const entry = body.rooms[room];
      assert.deepEqual(keys(entry.timeline), [`m.room.member|${bob.userId}`]);
      assert.equal(entry.membership, 'leave');
      assert.deepEqual([entry.initial, entry.joined_count], [undefined, undefined]);
    }
    assert.equal(body.lists.all.count, 1);
    assert.deepEqual((await reader.sync()).rooms, {});
    const anew = await new SlidingReader(bob, { conn_id: 'another', lists: { all: LIST } }).sync();
    assert.deepEqual(Object.keys(anew.rooms), [kicked], 'a new client hears of the kick');
    assert.equal(texts(anew.rooms[kicked].timeline).includes('not for him'), false);
    await join(bob, left);
    const again = (await reader.sync()).rooms[left];
    assert.equal(again.initial, true, 'the client has forgotten it');
    assert.ok(texts(again.timeline).includes('not for him'), 'shared history');
  });

  test('bump_stamp moves with what people care about', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const reader = new SlidingReader(alice);
    const first = (await reader.sync()).rooms[room].bump_stamp;
    await setState(alice, room, 'm.room.topic', { topic: 'new' });
    assert.equal((await reader.sync()).rooms[room].bump_stamp, first);
    await send(alice, room, 'm.room.encrypted', { algorithm: 'x' });
    assert.ok((await reader.sync()).rooms[room].bump_stamp > first);
  });

  test('unread counts go when the reader reads on', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const reader = new SlidingReader(bob);
    await reader.sync();
    const message = await say(alice, room, 'hello');
    assert.equal((await reader.sync()).rooms[room].notification_count, 1);
    await ok(bob, 'POST', roomPath(room, `/receipt/m.read/${message}`), {});
    assert.equal((await reader.wait()).rooms[room].notification_count, 0);
  });

  test('ignored users', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const content = { ignored_users: { [bob.userId]: {} } };
    await ok(alice, 'PUT', `/user/${alice.userId}/account_data/m.ignored_user_list`, content);
    const reader = new SlidingReader(alice);
    await reader.sync();
    await say(bob, room, 'unheard');
    const other = await makeRoom(bob);
    await act(bob, 'invite', alice, other);
    assert.deepEqual((await reader.sync()).rooms, {});
  });
});
