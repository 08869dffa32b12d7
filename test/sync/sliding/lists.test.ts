import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../../kit/server.ts';
import { act, ids, ok, setState } from '../reader.ts';
import { LIST, SlidingReader } from './sliding-reader.ts';

const listed = (body: { lists: Record<string, { ops: { room_ids: string[] }[] }> }, name = 'all') =>
  body.lists[name]?.ops.flatMap((op) => op.room_ids);

describe('lists and subscriptions of sliding sync', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  test('a window over the rooms by activity', async () => {
    const alice = await newUser();
    const rooms: string[] = [];
    for (let i = 0; i < 4; i++) rooms.push(await makeRoom(alice));
    const [r0, r1, r2, r3] = rooms as [string, string, string, string];
    const window = (last: number) => ({ lists: { all: { ...LIST, ranges: [[0, last]] } } });
    const reader = new SlidingReader(alice, window(1));
    const first = await reader.sync();
    assert.equal(first.lists.all.count, 4);
    assert.deepEqual(listed(first), [r3, r2]);
    assert.deepEqual(Object.keys(first.rooms).sort(), [r2, r3].sort());

    await say(alice, r3, 'inside the window');
    await setState(alice, r0, 'm.room.topic', { topic: 'any event moves a room up' });
    const second = await reader.sync();
    assert.deepEqual(listed(second), [r0, r3]);
    assert.deepEqual([second.rooms[r0].initial, second.rooms[r0].num_live], [true, 1]);
    assert.equal(second.rooms[r3].initial, undefined);
    assert.equal(second.rooms[r2], undefined);

    reader.body = window(9);
    const third = await reader.sync();
    assert.deepEqual(listed(third), [r0, r3, r2, r1]);
    assert.deepEqual(Object.keys(third.rooms), [r1], 'the others were sent already');
  });

  test('a room that leaves the window and comes back goes on where it was', async () => {
    const alice = await newUser();
    const [one, two] = [await makeRoom(alice), await makeRoom(alice)];
    const reader = new SlidingReader(alice, { lists: { all: { ...LIST, ranges: [[0, 0]] } } });
    await reader.sync();
    const sent = await say(alice, two, 'last seen');
    await reader.sync();
    await say(alice, one, 'takes the place');
    assert.deepEqual(Object.keys((await reader.sync()).rooms), [one]);
    const unseen = await say(alice, two, 'unseen');
    await say(alice, one, 'stays in front');
    assert.deepEqual(Object.keys((await reader.sync()).rooms), [one]);
    const back = await say(alice, two, 'is back');
    const entry = (await reader.sync()).rooms[two];
    assert.equal(entry.initial, undefined);
    assert.deepEqual(ids(entry.timeline), [unseen, back], `everything since ${sent}`);
    assert.deepEqual([entry.limited, entry.num_live], [false, 1]);
  });

  test('filters', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const space = await makeRoom(alice, { name: 'Space', creation_content: { type: 'm.space' } });
    const encrypted = await makeRoom(alice, {
      name: 'Secrets',
      initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
    });
    const direct = await makeRoom(alice, { name: 'Direct' });
    const invited = await makeRoom(bob, { name: 'Invited' });
    await act(bob, 'invite', alice, invited);
    await setState(alice, space, 'm.space.child', { via: ['localhost'] }, encrypted);
    await setState(alice, space, 'm.space.child', {}, direct);
    await ok(alice, 'PUT', `/user/${alice.userId}/account_data/m.direct`, { [bob.userId]: [direct] });
    const tags = `/user/${alice.userId}/rooms/${encodeURIComponent(encrypted)}/tags`;
    await ok(alice, 'PUT', `${tags}/m.favourite`, { order: 0.5 });
    await ok(alice, 'PUT', `${tags}/u.work`, {});
    const found = async (filters: object) => {
      const body = await new SlidingReader(alice, { lists: { all: { ...LIST, filters } } }).sync();
      assert.equal(body.lists.all.count, listed(body)?.length);
      return listed(body)?.sort();
    };
    const all = [space, encrypted, direct, invited].sort();
    const but = (...rooms: string[]) => all.filter((room) => !rooms.includes(room));
    assert.deepEqual(await found({}), all);
    assert.deepEqual(await found({ is_dm: true }), [direct]);
    assert.deepEqual(await found({ is_dm: false }), but(direct));
    assert.deepEqual(await found({ is_encrypted: true }), [encrypted]);
    assert.deepEqual(await found({ is_encrypted: false }), but(encrypted));
    assert.deepEqual(await found({ is_invite: true }), [invited]);
    assert.deepEqual(await found({ is_invited: false }), but(invited));
    assert.deepEqual(await found({ room_types: ['m.space'] }), [space]);
    assert.deepEqual(await found({ room_types: [null] }), but(space));
    assert.deepEqual(await found({ not_room_types: ['m.space'] }), but(space));
    assert.deepEqual(await found({ room_types: ['m.space'], not_room_types: ['m.space'] }), []);
    assert.deepEqual(await found({ spaces: [space] }), [encrypted], 'a child without via is none');
    assert.deepEqual(await found({ spaces: ['!unknown:x'] }), []);
    assert.deepEqual(await found({ room_name_like: 'ECR' }), [encrypted]);
    assert.deepEqual(await found({ tags: ['m.favourite', 'm.lowpriority'] }), [encrypted]);
    assert.deepEqual(await found({ not_tags: ['m.favourite'] }), but(encrypted));
    assert.deepEqual(await found({ tags: ['m.favourite'], not_tags: ['u.work'] }), []);
  });

  test('rooms move between filtered lists as they change', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const lists = {
      open: { ...LIST, filters: { is_encrypted: false } },
      secret: { ...LIST, filters: { is_encrypted: true } },
    };
    const reader = new SlidingReader(alice, { lists });
    const first = await reader.sync();
    assert.deepEqual([first.lists.open.count, first.lists.secret.count], [1, 0]);
    await setState(alice, room, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' });
    const second = await reader.sync();
    assert.deepEqual([second.lists.open.count, second.lists.secret.count], [0, 1]);
    assert.deepEqual(second.rooms[room].lists, ['secret']);
  });

  test('a subscription, and lists and subscriptions together', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const [room, other] = [await makeRoom(alice, { topic: 'a topic' }), await makeRoom(bob)];
    for (let i = 0; i < 3; i++) await say(alice, room, `m${i}`);
    const subscription = { timeline_limit: 3, required_state: [['m.room.topic', '']] };
    const only = new SlidingReader(alice, { room_subscriptions: { [room]: subscription, [other]: subscription } });
    const first = await only.sync();
    assert.deepEqual(Object.keys(first.rooms), [room], 'not a room of others');
    assert.equal(first.rooms[room].timeline.length, 3);
    assert.equal(first.rooms[room].lists, undefined);
    const both = new SlidingReader(alice, {
      lists: { all: { ...LIST, timeline_limit: 1, required_state: [['m.room.create', '']] } },
      room_subscriptions: { [room]: subscription },
    });
    const entry = (await both.sync()).rooms[room];
    assert.equal(entry.timeline.length, 3, 'the larger limit');
    assert.deepEqual(entry.required_state.map((event: { type: string }) => event.type).sort(), [
      'm.room.create',
      'm.room.topic',
    ]);
  });

  test('more of a room is wanted', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice, { topic: 'a topic' });
    const sent: string[] = [];
    for (let i = 0; i < 3; i++) sent.push(await say(alice, room, `m${i}`));
    const reader = new SlidingReader(alice, { lists: { all: { ...LIST, timeline_limit: 1 } } });
    await reader.sync();
    const subscription = { timeline_limit: 3, required_state: [...LIST.required_state, ['m.room.topic', '']] };
    const opened = { room_subscriptions: { [room]: subscription } };
    // It does not wait for something to happen.
    const entry = (await reader.wait(opened)).rooms[room];
    assert.equal(entry.unstable_expanded_timeline, true);
    assert.deepEqual([entry.initial, entry.num_live, entry.limited], [undefined, 0, true]);
    assert.deepEqual(ids(entry.timeline), sent);
    assert.deepEqual(
      entry.required_state.map((event: { type: string }) => event.type),
      ['m.room.topic'],
      'only what was not sent before',
    );
    assert.deepEqual((await reader.sync(opened)).rooms, {});
    assert.deepEqual((await reader.sync()).rooms, {});
    const next = await say(alice, room, 'm3');
    const again = (await reader.sync(opened)).rooms[room];
    assert.deepEqual(ids(again.timeline), [next], 'the client has what came before');
    assert.equal(again.unstable_expanded_timeline, undefined);
  });

  test('bad requests', async () => {
    const alice = await newUser();
    const reader = new SlidingReader(alice);
    const refused = async (body: object, errcode: string, word: string) => {
      const answer = await reader.ask(body);
      assert.deepEqual([answer.status, answer.body.errcode], [400, errcode], JSON.stringify(answer.body));
      assert.match(answer.body.error, new RegExp(word));
    };
    await refused({ lists: { all: { ...LIST, ranges: [[5, 1]] } } }, 'M_INVALID_PARAM', 'lists.all.ranges');
    await refused({ lists: { all: { ...LIST, timeline_limit: -1 } } }, 'M_BAD_JSON', 'timeline_limit');
    await refused({ lists: { all: { ...LIST, required_state: 'all' } } }, 'M_BAD_JSON', 'required_state');
    await refused(
      { lists: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, LIST])) },
      'M_BAD_JSON',
      'lists',
    );
    await refused({ extensions: { to_device: { enabled: true, since: 'x' } } }, 'M_INVALID_PARAM', 'since');
    const path = '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?set_presence=asleep';
    assert.equal((await alice.call('POST', path, {})).body.errcode, 'M_INVALID_PARAM');
    const versions = await server.call('GET', '/_matrix/client/versions');
    assert.equal(versions.body.unstable_features['org.matrix.simplified_msc3575'], true);
  });
});
