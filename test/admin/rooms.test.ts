import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';

const v1 = '/_synapse/admin/v1';
let server: TestServer;
let admin: TestUser;
let alice: TestUser;
let bob: TestUser;

before(async () => {
  server = await testServer();
  admin = await server.user('admin', { admin: true });
  alice = await server.user('alice');
  bob = await server.user('bob');
});
after(() => server?.close());

test('rooms are listed by page, order, name and kind', async () => {
  const named = await makeRoom(alice, { name: 'Kettle', preset: 'public_chat', visibility: 'public', topic: 'Tea' });
  await bob.call('POST', `/join/${named}`, {});
  const empty = await makeRoom(alice, { name: 'Empty' });
  await alice.call('POST', `/rooms/${empty}/leave`, {});
  const found = await admin.call('GET', `${v1}/rooms?search_term=ketTL`);
  assert.equal(found.body.total_rooms, 1);
  const [room] = found.body.rooms;
  assert.deepEqual(
    { ...room, room_id: undefined },
    {
      room_id: undefined,
      name: 'Kettle',
      canonical_alias: null,
      joined_members: 2,
      joined_local_members: 2,
      version: '12',
      creator: alice.userId,
      encryption: null,
      federatable: true,
      public: true,
      join_rules: 'public',
      guest_access: room.guest_access,
      history_visibility: 'shared',
      state_events: room.state_events,
      room_type: null,
    },
  );
  assert.ok(room.state_events >= 7);
  const bySize = await admin.call('GET', `${v1}/rooms?order_by=joined_members&limit=1`);
  assert.deepEqual([bySize.body.rooms[0].room_id, bySize.body.next_batch, bySize.body.offset], [named, 1, 0]);
  const second = await admin.call('GET', `${v1}/rooms?order_by=joined_members&limit=1&from=1`);
  assert.deepEqual([second.body.rooms[0].room_id, second.body.prev_batch], [empty, 0]);
  const none = await admin.call('GET', `${v1}/rooms?from=50`);
  assert.deepEqual([none.body.rooms, none.body.total_rooms, none.body.next_batch], [[], 2, undefined]);
  const listed = await admin.call('GET', `${v1}/rooms?public_rooms=true`);
  assert.deepEqual(
    listed.body.rooms.map((r: { room_id: string }) => r.room_id),
    [named],
  );
  const lonely = await admin.call('GET', `${v1}/rooms?empty_rooms=true`);
  assert.deepEqual(
    lonely.body.rooms.map((r: { room_id: string }) => r.room_id),
    [empty],
  );
  assert.equal((await admin.call('GET', `${v1}/rooms?order_by=nothing`)).body.errcode, 'M_INVALID_PARAM');

  const details = (await admin.call('GET', `${v1}/rooms/${named}`)).body;
  assert.deepEqual(
    [details.name, details.topic, details.avatar, details.joined_local_devices, details.forgotten],
    ['Kettle', 'Tea', null, 2, false],
  );
  await alice.call('POST', `/rooms/${empty}/forget`, {});
  assert.equal((await admin.call('GET', `${v1}/rooms/${empty}`)).body.forgotten, true);
  const members = (await admin.call('GET', `${v1}/rooms/${named}/members`)).body;
  assert.deepEqual(members, { members: [alice.userId, bob.userId], total: 2 });
  const state = (await admin.call('GET', `${v1}/rooms/${named}/state?type=m.room.topic`)).body.state;
  assert.deepEqual([state.length, state[0].content.topic, state[0].state_key], [1, 'Tea', '']);
  assert.equal((await admin.call('GET', `${v1}/rooms/!nothere/state`)).body.errcode, 'M_NOT_FOUND');
  assert.equal((await bob.call('GET', `${v1}/rooms/${named}`)).body.errcode, 'M_FORBIDDEN');
});

test('an administrator reads the history of a room that they are not in', async () => {
  const roomId = await makeRoom(alice);
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push(await say(alice, roomId, `message ${i}`));
  const page = (await admin.call('GET', `${v1}/rooms/${roomId}/messages?dir=b&limit=2`)).body;
  assert.deepEqual(
    page.chunk.map((e: { event_id: string }) => e.event_id),
    [ids[4], ids[3]],
  );
  const next = (await admin.call('GET', `${v1}/rooms/${roomId}/messages?dir=b&limit=2&from=${page.end}`)).body;
  assert.deepEqual(
    next.chunk.map((e: { content: { body: string } }) => e.content.body),
    ['message 2', 'message 1'],
  );
  const filter = encodeURIComponent('{"types":["m.room.create"]}');
  const created = (await admin.call('GET', `${v1}/rooms/${roomId}/messages?filter=${filter}`)).body;
  assert.deepEqual(
    created.chunk.map((e: { type: string }) => e.type),
    ['m.room.create'],
  );

  const middle = encodeURIComponent(ids[2] as string);
  const around = (await admin.call('GET', `${v1}/rooms/${roomId}/context/${middle}?limit=2`)).body;
  assert.deepEqual(
    [around.events_before[0].event_id, around.event.event_id, around.events_after[0].event_id],
    [ids[1], ids[2], ids[3]],
  );
  assert.ok(around.state.some((e: { type: string }) => e.type === 'm.room.power_levels'));
  const elsewhere = await makeRoom(alice);
  assert.equal((await admin.call('GET', `${v1}/rooms/${elsewhere}/context/${middle}`)).status, 404);

  const { event } = (await admin.call('GET', `${v1}/fetch_event/${middle}`)).body;
  assert.deepEqual([event.event_id, event.content.body, event.room_id], [ids[2], 'message 2', roomId]);
  assert.ok(event.signatures.localhost && event.hashes.sha256);
  const ts = event.origin_server_ts;
  const near = await admin.call('GET', `${v1}/rooms/${roomId}/timestamp_to_event?ts=${ts + 3_600_000}&dir=b`);
  assert.equal(near.body.event_id, ids[4]);
  assert.equal((await admin.call('GET', `${v1}/rooms/${roomId}/timestamp_to_event?ts=${ts + 3_600_000}`)).status, 404);
});

test('an administrator walks a space with all its rooms, private ones too', async () => {
  const child = await makeRoom(bob, { name: 'Hidden' });
  const space = await makeRoom(alice, { name: 'Space', creation_content: { type: 'm.space' } });
  await alice.call('PUT', `/rooms/${space}/state/m.space.child/${child}`, { via: ['localhost'] });
  assert.equal((await admin.call('GET', `/_matrix/client/v1/rooms/${space}/hierarchy`)).status, 403);
  const tree = (await admin.call('GET', `${v1}/rooms/${space}/hierarchy`)).body;
  assert.deepEqual(
    tree.rooms.map((r: { name: string }) => r.name),
    ['Space', 'Hidden'],
  );
  assert.equal(tree.rooms[0].children_state[0].state_key, child);
  const root = (await admin.call('GET', `${v1}/rooms/${space}/hierarchy?max_depth=0`)).body;
  assert.deepEqual(
    root.rooms.map((r: { room_id: string }) => r.room_id),
    [space],
  );
  const page = (await admin.call('GET', `${v1}/rooms/${space}/hierarchy?limit=1`)).body;
  const rest = (await admin.call('GET', `${v1}/rooms/${space}/hierarchy?limit=1&from=${page.next_batch}`)).body;
  assert.deepEqual(
    rest.rooms.map((r: { room_id: string }) => r.room_id),
    [child],
  );
});

test('blocked rooms take nobody in, whether they are known or not', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat' });
  assert.deepEqual((await admin.call('PUT', `${v1}/rooms/${roomId}/block`, { block: true })).body, { block: true });
  assert.deepEqual((await admin.call('GET', `${v1}/rooms/${roomId}/block`)).body, {
    block: true,
    user_id: admin.userId,
  });
  assert.equal((await bob.call('POST', `/join/${roomId}`, {})).body.errcode, 'M_FORBIDDEN');
  await admin.call('PUT', `${v1}/rooms/${roomId}/block`, { block: false });
  assert.equal((await bob.call('POST', `/join/${roomId}`, {})).body.room_id, roomId);
  await admin.call('PUT', `${v1}/rooms/!elsewhere:example.org/block`, { block: true });
  assert.equal((await admin.call('GET', `${v1}/rooms/!elsewhere:example.org/block`)).body.block, true);
});

for (const version of ['10', '12']) {
  test(`an administrator takes a room of version ${version} over`, async () => {
    const alias = `over${version}`;
    const roomId = await makeRoom(alice, { room_version: version, room_alias_name: alias });
    const path = `${v1}/rooms/${encodeURIComponent(`#${alias}:localhost`)}/make_room_admin`;
    assert.deepEqual((await admin.call('POST', path, {})).body, {});
    // Invited, since nobody else gets in.
    assert.equal((await admin.call('POST', `/join/${roomId}`, {})).body.room_id, roomId);
    const levels = (await alice.call('GET', `/rooms/${roomId}/state/m.room.power_levels`)).body;
    assert.ok(levels.users[admin.userId] >= 100);
    const renamed = await admin.call('PUT', `/rooms/${roomId}/state/m.room.name`, { name: 'Mine' });
    assert.ok(renamed.body.event_id);
    assert.deepEqual((await admin.call('POST', path, { user_id: bob.userId })).body, {});
    const after = (await alice.call('GET', `/rooms/${roomId}/state/m.room.power_levels`)).body;
    assert.equal(after.users[bob.userId], levels.users[admin.userId]);
  });
}

test('a room without local power cannot be taken over', async () => {
  const roomId = await makeRoom(alice, { room_version: '10' });
  await alice.call('POST', `/rooms/${roomId}/leave`, {});
  assert.equal((await admin.call('POST', `${v1}/rooms/${roomId}/make_room_admin`, {})).body.errcode, 'M_UNKNOWN');
});

test('users are put into rooms', async () => {
  const open = await makeRoom(alice, { preset: 'public_chat' });
  const joined = await admin.call('POST', `${v1}/join/${open}`, { user_id: bob.userId });
  assert.equal(joined.body.room_id, open);
  assert.ok((await bob.call('GET', '/joined_rooms')).body.joined_rooms.includes(open));
  const closed = await makeRoom(admin);
  assert.equal((await admin.call('POST', `${v1}/join/${closed}`, { user_id: bob.userId })).body.room_id, closed);
  const foreign = await makeRoom(alice);
  assert.equal((await admin.call('POST', `${v1}/join/${foreign}`, { user_id: bob.userId })).status, 403);
  assert.equal(
    (await admin.call('POST', `${v1}/join/${open}`, { user_id: '@x:example.org' })).body.errcode,
    'M_UNKNOWN',
  );
});

test('the ends of a graph are shown and joined', async () => {
  const roomId = await makeRoom(alice);
  const eventId = await say(alice, roomId, 'the end');
  const shown = (await admin.call('GET', `${v1}/rooms/${roomId}/forward_extremities`)).body;
  assert.deepEqual([shown.count, shown.results[0].event_id], [1, eventId]);
  assert.ok(shown.results[0].depth > 5 && shown.results[0].received_ts > 0);
  assert.deepEqual((await admin.call('DELETE', `${v1}/rooms/${roomId}/forward_extremities`)).body, { deleted: 0 });
  // A second end, as other servers would leave one.
  const { db } = server.ctx;
  await db.query(
    `UPDATE rooms SET extremities = extremities || (SELECT e.event_nid FROM events e WHERE e.room_nid = rooms.room_nid
       AND e.type = 'm.room.history_visibility') WHERE room_id = $1`,
    [roomId],
  );
  await server.ctx.writers.events.evict({ roomId });
  assert.equal((await admin.call('GET', `${v1}/rooms/${roomId}/forward_extremities`)).body.count, 2);
  assert.deepEqual((await admin.call('DELETE', `${v1}/rooms/${roomId}/forward_extremities`)).body, { deleted: 1 });
  assert.equal((await admin.call('GET', `${v1}/rooms/${roomId}/forward_extremities`)).body.count, 1);
});
