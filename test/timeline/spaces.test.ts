import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { countQueries } from './count-queries.ts';

const encode = encodeURIComponent;
type Room = { room_id: string; children_state: { state_key: string; origin_server_ts: number }[] } & Record<
  string,
  unknown
>;
const ids = (body: { rooms: Room[] }) => body.rooms.map((room) => room.room_id);

describe('spaces and summaries', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
  });
  after(() => server.close());

  const space = (options: object = {}) =>
    makeRoom(alice, { preset: 'public_chat', creation_content: { type: 'm.space' }, ...options });
  const open = (options: object = {}) => makeRoom(alice, { preset: 'public_chat', ...options });

  async function adopt(parent: string, child: string, content: object = {}) {
    const answer = await alice.call('PUT', `/rooms/${encode(parent)}/state/m.space.child/${encode(child)}`, {
      via: ['localhost'],
      ...content,
    });
    assert.equal(answer.status, 200);
  }
  const hierarchy = (user: TestUser, roomId: string, query = '') =>
    user.call('GET', `/_matrix/client/v1/rooms/${encode(roomId)}/hierarchy${query}`);

  test('depth first, in order, each room once, loops broken', async () => {
    const root = await space({ name: 'Root' });
    const sub = await space();
    const [a, b, c, d] = [await open(), await open(), await open(), await open()];
    await adopt(root, a, { order: 'zz' });
    await adopt(root, sub, { order: 'aa' });
    await adopt(root, c);
    await adopt(root, b, { order: 'not\u00e9valid' });
    await adopt(sub, d);
    await adopt(sub, root);
    await adopt(sub, a);
    await adopt(root, '!gone:localhost');
    await alice.call('PUT', `/rooms/${encode(root)}/state/m.space.child/${encode('!removed:localhost')}`, {});
    const { status, body } = await hierarchy(bob, root);
    assert.equal(status, 200);
    assert.deepEqual(ids(body), [root, sub, d, a, c, b]);
    const [first] = body.rooms as Room[];
    assert.equal(first?.['name'], 'Root');
    assert.equal(first?.['room_type'], 'm.space');
    assert.equal(first?.['num_joined_members'], 1);
    assert.equal(first?.['join_rule'], 'public');
    assert.equal(first?.['world_readable'], false);
    assert.equal(first?.['room_version'], '12');
    assert.deepEqual(
      first?.children_state.map((child) => child.state_key),
      [sub, a, '!gone:localhost', c, b].sort((x, y) => order(x) - order(y)),
    );
    function order(id: string) {
      return [sub, a, c, b, '!gone:localhost'].indexOf(id);
    }
    assert.equal(typeof first?.children_state[0]?.origin_server_ts, 'number');
    assert.deepEqual(ids((await hierarchy(bob, root, '?max_depth=1')).body), [root, sub, a, c, b]);
    assert.deepEqual(ids((await hierarchy(bob, root, '?max_depth=0')).body), [root]);
  });

  test('in pages; suggested rooms only', async () => {
    const root = await space();
    const children: string[] = [];
    for (let i = 0; i < 5; i++) {
      const child = await open();
      await adopt(root, child, { order: `o${i}`, suggested: i % 2 === 0 });
      children.push(child);
    }
    const seen: string[] = [];
    let from = '';
    for (let i = 0; i < 10; i++) {
      const { body } = await hierarchy(bob, root, `?limit=2${from}`);
      seen.push(...ids(body));
      if (body.next_batch === undefined) break;
      assert.equal(body.rooms.length, 2);
      from = `&from=${encode(body.next_batch)}`;
    }
    assert.deepEqual(seen, [root, ...children]);
    const suggested = await hierarchy(bob, root, '?suggested_only=true');
    assert.deepEqual(ids(suggested.body), [root, children[0], children[2], children[4]]);
    assert.equal(suggested.body.rooms[0].children_state.length, 3);
    const page = await hierarchy(bob, root, '?limit=1');
    for (const query of [`?suggested_only=true&from=${page.body.next_batch}`, '?from=x', '?limit=0', '?max_depth=-1']) {
      const wrong = await hierarchy(bob, root, query);
      assert.deepEqual([wrong.status, wrong.body.errcode], [400, 'M_INVALID_PARAM'], query);
    }
  });

  test('shows only rooms that the user is in, may enter, may knock on or may look into', async () => {
    const root = await space();
    const closed = await makeRoom(alice, { preset: 'private_chat' });
    const invited = await makeRoom(alice, { preset: 'private_chat', invite: [bob.userId] });
    const knock = await makeRoom(alice, {
      initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
    });
    const looking = await makeRoom(alice, {
      initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'world_readable' } }],
    });
    const club = await open();
    const restricted = await makeRoom(alice, {
      initial_state: [
        {
          type: 'm.room.join_rules',
          content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: club }] },
        },
      ],
    });
    const all = [closed, invited, knock, looking, restricted];
    for (const [i, child] of all.entries()) await adopt(root, child, { order: String(i) });
    assert.deepEqual(ids((await hierarchy(bob, root)).body), [root, invited, knock, looking]);
    await bob.call('POST', `/join/${encode(club)}`, {});
    const { body } = await hierarchy(bob, root);
    assert.deepEqual(ids(body), [root, invited, knock, looking, restricted]);
    assert.deepEqual(body.rooms[4].allowed_room_ids, [club]);
    assert.deepEqual(ids((await hierarchy(alice, root)).body), [root, ...all]);
    const refused = await hierarchy(bob, closed);
    assert.deepEqual([refused.status, refused.body.errcode], [403, 'M_FORBIDDEN']);
    assert.equal((await hierarchy(bob, '!unknown:localhost')).status, 403);
  });

  test('a wide space costs few queries', async () => {
    const root = await space();
    for (let i = 0; i < 20; i++) await adopt(root, await open());
    await hierarchy(bob, root);
    const queries = await countQueries(server.ctx, () => hierarchy(bob, root));
    assert.ok(queries.length <= 10, queries.join('\n'));
  });

  test('the summary of a room, by id and alias, with a token and without', async () => {
    const roomId = await open({ name: 'Cheese', topic: 'Tasty', room_alias_name: 'cheese' });
    for (const path of [
      '/_matrix/client/v1/room_summary/ROOM',
      '/_matrix/client/unstable/im.nheko.summary/summary/ROOM',
      '/_matrix/client/unstable/im.nheko.summary/rooms/ROOM/summary',
    ]) {
      for (const name of [roomId, '#cheese:localhost']) {
        const { status, body } = await bob.call('GET', path.replace('ROOM', encode(name)));
        assert.equal(status, 200);
        assert.equal(body.room_id, roomId);
        assert.equal(body.name, 'Cheese');
        assert.equal(body.topic, 'Tasty');
        assert.equal(body.membership, 'leave');
        assert.equal(body.room_version, '12');
        assert.equal(body.num_joined_members, 1);
      }
    }
    const summary = `/_matrix/client/v1/room_summary/${encode(roomId)}`;
    assert.equal((await alice.call('GET', summary)).body.membership, 'join');
    const anonymous = await server.call('GET', summary);
    assert.equal(anonymous.status, 200);
    assert.equal(anonymous.body.membership, undefined);
    const closed = await makeRoom(alice, { preset: 'private_chat' });
    for (const id of [closed, '!none:localhost', '#none:localhost']) {
      const answer = await bob.call('GET', `/_matrix/client/v1/room_summary/${encode(id)}`);
      assert.deepEqual([answer.status, answer.body.errcode], [404, 'M_NOT_FOUND'], id);
    }
  });
});
