import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { ROOM_VERSIONS } from '../../lib/spec/room-versions.ts';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom, say, type TestServer, type TestUser } from '../kit/server.ts';
import { until } from '../platform/until.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
type Json = any;

const room = (roomId: string) => `/rooms/${encodeURIComponent(roomId)}`;

/** Bodies of the messages that a user sees in a room, oldest first. */
async function messages(user: TestUser, roomId: string): Promise<string[]> {
  const answer = await user.call('GET', `${room(roomId)}/messages?dir=b&limit=100`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const texts = answer.body.chunk.filter((event: Json) => event.type === 'm.room.message');
  return texts.map((event: Json) => event.content.body).reverse();
}

const sees = (user: TestUser, roomId: string, text: string) =>
  until(`${user.userId} sees ${text}`, async () => (await messages(user, roomId)).includes(text));

async function memberships(user: TestUser, roomId: string): Promise<Record<string, string>> {
  const answer = await user.call('GET', `${room(roomId)}/members`);
  return Object.fromEntries(answer.body.chunk.map((event: Json) => [event.state_key, event.content.membership]));
}

describe('two servers', () => {
  const network = new TestNetwork();
  let one: TestServer;
  let two: TestServer;
  let alice: TestUser;
  let bob: TestUser;

  before(async () => {
    one = await network.homeserver('one.test:1');
    two = await network.homeserver('two.test:2');
    alice = await one.user('alice');
    bob = await two.user('bob');
  });
  after(() => network.end());
  afterEach(() => network.down.clear());

  const join = (user: TestUser, roomId: string, via: string) =>
    user.call('POST', `/join/${encodeURIComponent(roomId)}?via=${via}`, {});

  for (const version of ROOM_VERSIONS.keys()) {
    test(`a room of version ${version} is joined and talked in`, async () => {
      const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: version });
      await say(alice, roomId, 'before');
      const joined = await join(bob, roomId, 'one.test:1');
      assert.deepEqual([joined.status, joined.body], [200, { room_id: roomId }]);
      await say(bob, roomId, 'from two');
      await sees(alice, roomId, 'from two');
      await say(alice, roomId, 'from one');
      await sees(bob, roomId, 'from one');
      assert.deepEqual(await memberships(bob, roomId), await memberships(alice, roomId));
    });
  }

  test('what one says while the other is away comes, and both agree', async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, roomId, 'one.test:1');
    network.down.add('one.test:1').add('two.test:2');
    await say(alice, roomId, 'a1');
    await say(bob, roomId, 'b1');
    await alice.call('PUT', `${room(roomId)}/state/m.room.topic`, { topic: 'of alice' });
    await say(alice, roomId, 'a2');
    await until('both have failed', async () => {
      const [toTwo, toOne] = await Promise.all([
        one.ctx.federation.destinations.healthOf('two.test:2'),
        two.ctx.federation.destinations.healthOf('one.test:1'),
      ]);
      return toTwo.failingSinceTs !== null && toOne.failingSinceTs !== null;
    });
    network.down.clear();
    await one.ctx.federation.destinations.reached('two.test:2');
    await sees(bob, roomId, 'a2');
    await sees(alice, roomId, 'b1');
    await say(alice, roomId, 'end');
    await sees(bob, roomId, 'end');
    for (const user of [alice, bob]) {
      const texts = await messages(user, roomId);
      assert.deepEqual([...texts].sort(), ['a1', 'a2', 'b1', 'end']);
      const topic = await user.call('GET', `${room(roomId)}/state/m.room.topic`);
      assert.equal(topic.body.topic, 'of alice');
    }
  });

  test('history from before a join is fetched when somebody scrolls there', async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat', name: 'old' });
    for (let i = 0; i < 12; i++) await say(alice, roomId, `old ${i}`);
    const gone = await say(alice, roomId, 'regretted');
    await alice.call('PUT', `${room(roomId)}/redact/${encodeURIComponent(gone)}/r1`, {});
    await join(bob, roomId, 'one.test:1');
    await say(bob, roomId, 'new');
    const texts: Json[] = [];
    let from = '';
    for (let page = 0; page < 20; page++) {
      const { body } = await bob.call('GET', `${room(roomId)}/messages?dir=b&limit=5${from}`);
      texts.push(...body.chunk);
      if (!body.end) break;
      from = `&from=${body.end}`;
    }
    const bodies = texts.filter((event) => event.type === 'm.room.message').map((event) => event.content.body);
    assert.deepEqual(bodies, ['new', undefined, ...Array.from({ length: 12 }, (_, i) => `old ${11 - i}`)]);
    assert.equal(texts.at(-1).type, 'm.room.create');
    assert.equal(new Set(texts.map((event) => event.event_id)).size, texts.length);
    // Nobody is asked for what is here.
    const asked = network.sentTo('one.test:1', '/backfill/').length;
    await bob.call('GET', `${room(roomId)}/messages?dir=b&limit=50`);
    assert.equal(network.sentTo('one.test:1', '/backfill/').length, asked);
  });

  test('who is in a room is found in the user directory by those who come into it', async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    const found = async () => {
      const { body } = await bob.call('POST', '/user_directory/search', { search_term: alice.userId });
      return body.results.some((user: Json) => user.user_id === alice.userId);
    };
    const one = encodeURIComponent(alice.userId.slice(alice.userId.indexOf(':') + 1));
    assert.equal((await bob.call('POST', `/join/${encodeURIComponent(roomId)}?via=${one}`, {})).status, 200);
    await until('bob finds alice', found);
  });

  test('an invite is taken, and another one turned down', async () => {
    const roomId = await makeRoom(alice, { preset: 'private_chat', name: 'secret' });
    const invite = () => alice.call('POST', `${room(roomId)}/invite`, { user_id: bob.userId });
    assert.equal((await invite()).status, 200);
    const sync = await bob.call('GET', '/sync');
    const shown: Json[] = sync.body.rooms.invite[roomId].invite_state.events;
    assert.equal(shown.find((event) => event.type === 'm.room.name').content.name, 'secret');
    assert.equal((await bob.call('POST', `${room(roomId)}/leave`, {})).status, 200);
    await until('alice sees it', async () => (await memberships(alice, roomId))[bob.userId] === 'leave');
    assert.equal((await invite()).status, 200);
    assert.equal((await bob.call('POST', `${room(roomId)}/join`, {})).status, 200);
    await until('alice sees bob', async () => (await memberships(alice, roomId))[bob.userId] === 'join');
  });

  test('an invite can be turned down when its server is gone, and be taken back', async () => {
    const roomId = await makeRoom(alice, { preset: 'private_chat' });
    const invited = await alice.call('POST', `${room(roomId)}/invite`, { user_id: bob.userId });
    assert.equal(invited.status, 200, JSON.stringify(invited.body));
    network.down.add('one.test:1');
    const left = await bob.call('POST', `${room(roomId)}/leave`, {});
    assert.equal(left.status, 200, JSON.stringify(left.body));
    network.down.delete('one.test:1');
    const sync = await bob.call('GET', '/sync');
    assert.equal(sync.body.rooms?.invite?.[roomId], undefined);

    const other = await makeRoom(alice, { preset: 'private_chat', invite: [bob.userId] });
    assert.ok((await bob.call('GET', '/sync')).body.rooms.invite[other]);
    await two.ctx.federation.destinations.reached('one.test:1');
    await alice.call('POST', `${room(other)}/kick`, { user_id: bob.userId });
    await until('it is gone', async () => !(await bob.call('GET', '/sync')).body.rooms?.invite?.[other]);
  });

  test('a knock is let in', async () => {
    const roomId = await makeRoom(alice, {
      initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
    });
    const knocked = await bob.call('POST', `/knock/${encodeURIComponent(roomId)}?via=one.test:1`, { reason: 'please' });
    assert.equal(knocked.status, 200, JSON.stringify(knocked.body));
    assert.ok((await bob.call('GET', '/sync')).body.rooms.knock[roomId]);
    await until('alice sees it', async () => (await memberships(alice, roomId))[bob.userId] === 'knock');
    assert.equal((await alice.call('POST', `${room(roomId)}/invite`, { user_id: bob.userId })).status, 200);
    assert.equal((await join(bob, roomId, 'one.test:1')).status, 200);
  });

  test('restricted rooms let the members of others in', async () => {
    const lobby = await makeRoom(alice, { preset: 'public_chat' });
    const allow = [{ type: 'm.room_membership', room_id: lobby }];
    const roomId = await makeRoom(alice, {
      initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'restricted', allow } }],
    });
    assert.equal((await join(bob, roomId, 'one.test:1')).status, 403);
    assert.equal((await join(bob, lobby, 'one.test:1')).status, 200);
    const joined = await join(bob, roomId, 'one.test:1');
    assert.equal(joined.status, 200, JSON.stringify(joined.body));
    await until('alice sees bob', async () => (await memberships(alice, roomId))[bob.userId] === 'join');
  });

  test('somebody of the other server vouches where nobody of this one may', async () => {
    const lobby = await makeRoom(alice, { preset: 'public_chat' });
    const allow = [{ type: 'm.room_membership', room_id: lobby }];
    const roomId = await makeRoom(alice, {
      room_version: '10',
      power_level_content_override: { invite: 50 },
      initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'restricted', allow } }],
    });
    const carol = await two.user('carol');
    for (const user of [bob, carol]) assert.equal((await join(user, lobby, 'one.test:1')).status, 200);
    await until('alice sees carol', async () => (await memberships(alice, lobby))[carol.userId] === 'join');
    assert.equal((await join(bob, roomId, 'one.test:1')).status, 200);
    const joined = await join(carol, roomId, 'one.test:1');
    assert.equal(joined.status, 200, JSON.stringify(joined.body));
    assert.equal((await memberships(bob, roomId))[carol.userId], 'join');
    await say(carol, roomId, 'from carol');
    await sees(alice, roomId, 'from carol');
  });

  test('kicked and let in again, with what was said meanwhile', async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, roomId, 'one.test:1');
    await alice.call('POST', `${room(roomId)}/kick`, { user_id: bob.userId });
    await until('bob is out', async () => {
      const { body } = await bob.call('GET', '/joined_rooms');
      return !body.joined_rooms.includes(roomId);
    });
    await say(alice, roomId, 'meanwhile');
    assert.equal((await join(bob, roomId, 'one.test:1')).status, 200);
    await say(alice, roomId, 'again');
    await sees(bob, roomId, 'again');
    await say(bob, roomId, 'thanks');
    await sees(alice, roomId, 'thanks');
  });

  test('aliases, profiles and the room directory', async () => {
    const roomId = await makeRoom(alice, {
      preset: 'public_chat',
      room_alias_name: 'hall',
      visibility: 'public',
      name: 'H',
    });
    const alias = encodeURIComponent('#hall:one.test:1');
    const found = await bob.call('GET', `/directory/room/${alias}`);
    assert.deepEqual([found.status, found.body.room_id], [200, roomId]);
    assert.equal((await bob.call('GET', `/directory/room/${encodeURIComponent('#no:one.test:1')}`)).status, 404);
    assert.equal((await bob.call('POST', `/join/${alias}`, {})).status, 200);
    await alice.call('PUT', `/profile/${alice.userId}/displayname`, { displayname: 'Alice' });
    const profile = await bob.call('GET', `/profile/${alice.userId}`);
    assert.deepEqual([profile.status, profile.body.displayname], [200, 'Alice']);
    const name = await bob.call('GET', `/profile/${alice.userId}/displayname`);
    assert.deepEqual(name.body, { displayname: 'Alice' });
    assert.equal((await bob.call('GET', `/profile/${encodeURIComponent('@nobody:one.test:1')}`)).status, 404);
  });

  test('spaces go on in rooms of others', async () => {
    const leaf = await makeRoom(alice, { preset: 'public_chat', name: 'leaf' });
    const hidden = await makeRoom(alice, { preset: 'private_chat', name: 'hidden' });
    const inner = await makeRoom(alice, {
      preset: 'public_chat',
      creation_content: { type: 'm.space' },
      name: 'inner',
    });
    const outer = await makeRoom(bob, { preset: 'public_chat', creation_content: { type: 'm.space' }, name: 'outer' });
    const put = (user: TestUser, space: string, child: string, via: string) =>
      user.call('PUT', `${room(space)}/state/m.space.child/${encodeURIComponent(child)}`, { via: [via] });
    await put(alice, inner, leaf, 'one.test:1');
    await put(alice, inner, hidden, 'one.test:1');
    await put(bob, outer, inner, 'one.test:1');
    const { status, body } = await bob.call('GET', `/_matrix/client/v1${room(outer)}/hierarchy`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(
      body.rooms.map(({ name }: Json) => name),
      ['outer', 'inner', 'leaf'],
    );
    assert.equal(body.rooms[1].children_state.length, 2);
  });

  test('aliases of this server follow a room that is upgraded at another', async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '10' });
    await join(bob, roomId, 'one.test:1');
    const alias = encodeURIComponent('#follows:two.test:2');
    assert.equal((await bob.call('PUT', `/directory/room/${alias}`, { room_id: roomId })).status, 200);
    const { body } = await alice.call('POST', `${room(roomId)}/upgrade`, { new_version: '11' });
    await until('bob sees it', async () => {
      const tombstone = await bob.call('GET', `${room(roomId)}/state/m.room.tombstone`);
      return tombstone.status === 200;
    });
    assert.equal((await join(bob, body.replacement_room, 'one.test:1')).status, 200);
    assert.equal((await bob.call('GET', `/directory/room/${alias}`)).body.room_id, body.replacement_room);
  });

  test('devices, their keys and messages between them', async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, roomId, 'one.test:1');
    const keys = {
      device_keys: {
        user_id: bob.userId,
        device_id: bob.deviceId,
        algorithms: ['m.megolm.v1.aes-sha2'],
        keys: { [`ed25519:${bob.deviceId}`]: 'key' },
        signatures: {},
      },
      one_time_keys: { 'signed_curve25519:A': { key: 'one', signatures: {} } },
    };
    await until('alice sees bob', async () => (await memberships(alice, roomId))[bob.userId] === 'join');
    let { next_batch: since } = (await alice.call('GET', '/sync')).body;
    assert.equal((await bob.call('POST', '/keys/upload', keys)).status, 200);
    await until('alice hears of it', async () => {
      const { body } = await alice.call('GET', `/sync?since=${since}`);
      since = body.next_batch;
      return body.device_lists?.changed?.includes(bob.userId);
    });
    const queried = await alice.call('POST', '/keys/query', { device_keys: { [bob.userId]: [] } });
    const device = queried.body.device_keys[bob.userId][bob.deviceId];
    assert.deepEqual(device.keys, keys.device_keys.keys);
    const wanted = { one_time_keys: { [bob.userId]: { [bob.deviceId]: 'signed_curve25519' } } };
    const claimed = await alice.call('POST', '/keys/claim', wanted);
    assert.equal(claimed.body.one_time_keys[bob.userId][bob.deviceId]['signed_curve25519:A'].key, 'one');
    const again = await alice.call('POST', '/keys/claim', wanted);
    assert.deepEqual(again.body.one_time_keys[bob.userId] ?? {}, {});
    await alice.call('PUT', '/sendToDevice/m.test/t1', { messages: { [bob.userId]: { [bob.deviceId]: { n: 1 } } } });
    let events: Json[] = [];
    await until('bob has it', async () => {
      events = (await bob.call('GET', '/sync')).body.to_device?.events ?? [];
      return events.length > 0;
    });
    assert.deepEqual(events, [{ type: 'm.test', sender: alice.userId, content: { n: 1 } }]);
  });

  test('a server that nobody reaches is said to be so', async () => {
    const answers = await Promise.all([
      join(bob, '!x:gone.test:1', 'gone.test:1'),
      bob.call('GET', `/directory/room/${encodeURIComponent('#x:gone.test:1')}`),
      bob.call('GET', `/profile/${encodeURIComponent('@x:gone.test:1')}`),
      bob.call('GET', '/publicRooms?server=gone.test:1'),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [502, 502, 502, 502],
    );
  });
});
