import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../../kit/server.ts';
import { join, leave, ok, roomPath } from '../reader.ts';
import { LIST, SlidingReader } from './sliding-reader.ts';

const SMALL = { ...LIST, ranges: [[0, 0]] };

describe('extensions of sliding sync', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  test('to-device messages wait until they are acknowledged', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const send = (body: string) =>
      ok(alice, 'PUT', `/sendToDevice/x.test/${body}`, { messages: { [bob.userId]: { '*': { body } } } });
    const reader = new SlidingReader(bob, {});
    const take = async (since?: string, more: object = {}) => {
      const body = await reader.sync({ extensions: { to_device: { enabled: true, since, ...more } } });
      return body.extensions.to_device;
    };
    const nothing = await take();
    assert.deepEqual(nothing.events, []);
    await send('one');
    const first = await take(nothing.next_batch);
    assert.deepEqual(first.events, [{ type: 'x.test', sender: alice.userId, content: { body: 'one' } }]);
    const again = await take(nothing.next_batch);
    assert.deepEqual(again.events.length, 1, 'not acknowledged');
    await send('two');
    await send('three');
    const limited = await take(first.next_batch, { limit: 1 });
    assert.deepEqual(limited.events[0].content, { body: 'two' });
    const rest = await take(limited.next_batch);
    assert.deepEqual(rest.events[0].content, { body: 'three' });
    await take(rest.next_batch);
    const rows = await server.ctx.db.query('SELECT 1 FROM to_device_messages WHERE user_id = $1', [bob.userId]);
    assert.equal(rows.length, 0, 'what is acknowledged is deleted');
    const extensions = { to_device: { enabled: true, since: rest.next_batch } };
    const waiting = reader.wait({ extensions });
    await send('four');
    assert.equal((await waiting).extensions.to_device.events.length, 1);
    assert.deepEqual((await reader.sync({})).extensions, {}, 'only when it is asked for');
  });

  test('key counts and device lists', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const reader = new SlidingReader(alice, { extensions: { e2ee: { enabled: true } } });
    const first = (await reader.sync()).extensions.e2ee;
    assert.deepEqual(first.device_one_time_keys_count, { signed_curve25519: 0 });
    assert.deepEqual(first.device_unused_fallback_key_types, []);
    assert.equal(first.device_lists, undefined);
    const device_keys = {
      user_id: bob.userId,
      device_id: bob.deviceId,
      algorithms: [],
      keys: { [`ed25519:${bob.deviceId}`]: 'x' },
      signatures: {},
    };
    const waiting = reader.wait();
    await ok(bob, 'POST', '/keys/upload', { device_keys });
    assert.deepEqual((await waiting).extensions.e2ee.device_lists, { changed: [bob.userId], left: [] });
    assert.equal((await reader.sync()).extensions.e2ee.device_lists, undefined);
    await leave(bob, room);
    assert.deepEqual((await reader.sync()).extensions.e2ee.device_lists, { changed: [], left: [bob.userId] });
  });

  test('account data, global and of rooms', async () => {
    const alice = await newUser();
    const [one, two] = [await makeRoom(alice), await makeRoom(alice)];
    const path = `/user/${alice.userId}`;
    const inRoom = (room: string) => `${path}/rooms/${encodeURIComponent(room)}/account_data/x.room`;
    await ok(alice, 'PUT', `${path}/account_data/x.global`, { a: 1 });
    await ok(alice, 'PUT', inRoom(one), { room: 1 });
    await ok(alice, 'PUT', inRoom(two), { room: 2 });
    const reader = new SlidingReader(alice, {
      lists: { all: SMALL },
      extensions: { account_data: { enabled: true } },
    });
    const first = (await reader.sync()).extensions.account_data;
    assert.deepEqual(first.global.map((event: { type: string }) => event.type).sort(), ['m.push_rules', 'x.global']);
    assert.deepEqual(first.rooms, { [two]: [{ type: 'x.room', content: { room: 2 } }] }, 'of the room in the window');
    assert.equal((await reader.sync()).extensions.account_data, undefined);
    const waiting = reader.wait();
    await ok(alice, 'PUT', `${path}/account_data/x.global`, { a: 2 });
    assert.deepEqual((await waiting).extensions.account_data, { global: [{ type: 'x.global', content: { a: 2 } }] });
    await say(alice, one, 'into the window');
    assert.deepEqual((await reader.sync()).extensions.account_data.rooms, {
      [one]: [{ type: 'x.room', content: { room: 1 } }],
    });
    await ok(alice, 'PUT', inRoom(two), { room: 'changed outside' });
    assert.equal((await reader.sync()).extensions.account_data, undefined);
    await say(alice, two, 'back in the window');
    assert.deepEqual((await reader.sync()).extensions.account_data.rooms, {
      [two]: [{ type: 'x.room', content: { room: 'changed outside' } }],
    });
    await ok(alice, 'PUT', `/pushrules/global/override/mine`, { conditions: [], actions: ['notify'] });
    const rules = (await reader.sync()).extensions.account_data.global;
    assert.deepEqual(
      rules.map((event: { type: string }) => event.type),
      ['m.push_rules'],
    );
  });

  test('receipts', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const old = await say(alice, room, 'old');
    await ok(alice, 'POST', roomPath(room, `/receipt/m.read/${old}`), {});
    const seen = await say(alice, room, 'seen');
    await ok(bob, 'POST', roomPath(room, `/receipt/m.read/${seen}`), {});
    const reader = new SlidingReader(alice, {
      lists: { all: { ...SMALL, timeline_limit: 1 } },
      extensions: { receipts: { enabled: true } },
    });
    const first = (await reader.sync()).extensions.receipts.rooms[room];
    assert.equal(first.type, 'm.receipt');
    assert.deepEqual(
      Object.keys(first.content).sort(),
      [old, seen].sort(),
      "the reader's own, and those on the timeline",
    );
    assert.equal((await reader.sync()).extensions.receipts, undefined);
    const next = await say(alice, room, 'next');
    await reader.sync();
    const waiting = reader.wait();
    await ok(bob, 'POST', roomPath(room, `/receipt/m.read/${next}`), {});
    const moved = (await waiting).extensions.receipts.rooms[room].content;
    assert.deepEqual(Object.keys(moved[next]['m.read']), [bob.userId]);
    // Out of the window and in again.
    const other = await makeRoom(alice);
    await reader.sync();
    await ok(alice, 'POST', roomPath(room, `/receipt/m.read.private/${next}`), {});
    assert.equal((await reader.sync()).extensions.receipts, undefined);
    await say(bob, room, 'back');
    const back = (await reader.sync()).extensions.receipts.rooms;
    assert.deepEqual(Object.keys(back), [room]);
    assert.ok(back[room].content[next]['m.read.private'][alice.userId].ts > 0);
    assert.ok(other);
  });

  test('typing, and to which rooms an extension extends', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const [one, two] = [
      await makeRoom(alice, { preset: 'public_chat' }),
      await makeRoom(alice, { preset: 'public_chat' }),
    ];
    for (const room of [one, two]) await join(bob, room);
    const type = (room: string, typing: boolean) =>
      ok(bob, 'PUT', roomPath(room, `/typing/${bob.userId}`), { typing, timeout: 30_000 });
    const lists = { newest: SMALL };
    const room_subscriptions = { [one]: { timeline_limit: 1 } };
    const reader = new SlidingReader(alice, { lists, room_subscriptions, extensions: { typing: { enabled: true } } });
    await reader.sync();
    const waiting = reader.wait();
    await type(one, true);
    const started = (await waiting).extensions.typing.rooms;
    assert.deepEqual(started, { [one]: { type: 'm.typing', content: { user_ids: [bob.userId] } } });
    await type(two, true);
    assert.deepEqual(Object.keys((await reader.wait()).extensions.typing.rooms), [two]);
    const scoped = async (more: object, conn_id: string) => {
      const it = new SlidingReader(alice, { conn_id, lists, room_subscriptions });
      const { typing } = (await it.sync({ extensions: { typing: { enabled: true, ...more } } })).extensions;
      return Object.keys(typing?.rooms ?? {}).sort();
    };
    assert.deepEqual(await scoped({}, 'a'), [one, two].sort());
    assert.deepEqual(await scoped({ lists: [] }, 'b'), [one]);
    assert.deepEqual(await scoped({ rooms: [] }, 'c'), [two]);
    assert.deepEqual(await scoped({ lists: ['newest'], rooms: [two] }, 'd'), [two]);
    assert.deepEqual(await scoped({ lists: ['*'], rooms: ['*'] }, 'e'), [one, two].sort());
    await type(one, false);
    assert.deepEqual((await reader.wait()).extensions.typing.rooms[one].content, { user_ids: [] });
  });
});
