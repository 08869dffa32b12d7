import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { ok, send } from '../sync/reader.ts';
import { SlidingReader } from '../sync/sliding/sliding-reader.ts';

const THREADS = 'io.element.msc4308.thread_subscriptions';

describe('thread subscriptions', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const path = (room: string, root: string) =>
    `/_matrix/client/unstable/io.element.msc4306/rooms/${encodeURIComponent(room)}/thread/${encodeURIComponent(root)}/subscription`;
  const reply = (user: TestUser, room: string, root: string) =>
    send(user, room, 'm.room.message', {
      msgtype: 'm.text',
      body: 'reply',
      'm.relates_to': { rel_type: 'm.thread', event_id: root },
    });

  test('are made, told and ended', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const root = await say(alice, room, 'root');
    const at = path(room, root);
    assert.equal((await alice.call('GET', at)).body.errcode, 'M_NOT_FOUND');
    assert.deepEqual(await ok(alice, 'DELETE', at), {}, 'it bears repetition');
    assert.deepEqual(await ok(alice, 'PUT', at, {}), {});
    assert.deepEqual(await ok(alice, 'GET', at), { automatic: false });
    assert.deepEqual(await ok(alice, 'DELETE', at), {});
    assert.equal((await alice.call('GET', at)).status, 404);
  });

  test('automatic ones need an event of the thread, later than unsubscribing', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const [root, other] = [await say(alice, room, 'root'), await say(alice, room, 'other')];
    const [first, elsewhere] = [await reply(alice, room, root), await reply(alice, room, other)];
    const at = path(room, root);
    const subscribe = (automatic: string) => alice.call('PUT', at, { automatic });
    for (const cause of [root, elsewhere, '$unknown']) {
      const answer = await subscribe(cause);
      assert.deepEqual([answer.status, answer.body.errcode], [400, 'IO.ELEMENT.MSC4306.M_NOT_IN_THREAD'], cause);
    }
    assert.equal((await subscribe(first)).status, 200);
    assert.deepEqual(await ok(alice, 'GET', at), { automatic: true });
    await ok(alice, 'PUT', at, {});
    await subscribe(first);
    assert.deepEqual(await ok(alice, 'GET', at), { automatic: false }, 'the user’s own wish stays');
    const second = await reply(alice, room, root);
    await ok(alice, 'DELETE', at);
    const third = await reply(alice, room, root);
    for (const cause of [first, second]) {
      const answer = await subscribe(cause);
      assert.deepEqual([answer.status, answer.body.errcode], [409, 'IO.ELEMENT.MSC4306.M_CONFLICTING_UNSUBSCRIPTION']);
    }
    assert.equal((await subscribe(third)).status, 200);
  });

  test('threads that are not the user’s to see', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice);
    const root = await say(alice, room, 'root');
    assert.equal((await bob.call('PUT', path(room, root), {})).status, 403);
    assert.equal((await alice.call('PUT', path(room, '$unknown:x'), {})).status, 404);
    assert.equal((await alice.call('GET', path(room, '$unknown:x'))).status, 404);
  });

  test('come by sliding sync, and older ones by pages', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const roots: string[] = [];
    for (let i = 0; i < 3; i++) roots.push(await say(alice, room, `root ${i}`));
    const [r0, r1, r2] = roots as [string, string, string];
    for (const root of [r0, r1]) await ok(alice, 'PUT', path(room, root), {});
    const reader = new SlidingReader(alice, { extensions: { [THREADS]: { enabled: true, limit: 1 } } });
    const first = (await reader.sync()).extensions[THREADS];
    const { bump_stamp } = first.subscribed[room][r1];
    assert.ok(bump_stamp > 0);
    assert.deepEqual(first, {
      subscribed: { [room]: { [r1]: { automatic: false, bump_stamp } } },
      prev_batch: first.prev_batch,
    });
    const list = '/_matrix/client/unstable/io.element.msc4308/thread_subscriptions?dir=b';
    const older = await ok(alice, 'GET', `${list}&from=${first.prev_batch}`);
    assert.deepEqual(Object.keys(older.subscribed[room]), [r0]);
    assert.equal(older.end, undefined);
    const page = await ok(alice, 'GET', `${list}&limit=1`);
    assert.deepEqual([Object.keys(page.subscribed[room]), page.end], [[r1], first.prev_batch]);

    assert.equal((await reader.sync()).extensions[THREADS], undefined);
    const waiting = reader.wait();
    await ok(alice, 'PUT', path(room, r2), {});
    assert.deepEqual(Object.keys((await waiting).extensions[THREADS].subscribed[room]), [r2]);
    await ok(alice, 'DELETE', path(room, r0));
    const last = (await reader.sync()).extensions[THREADS];
    assert.deepEqual([last.subscribed, Object.keys(last.unsubscribed[room])], [undefined, [r0]]);
    const anew = new SlidingReader(alice, { conn_id: 'new', extensions: { [THREADS]: { enabled: true } } });
    const all = (await anew.sync()).extensions[THREADS];
    assert.deepEqual(Object.keys(all.subscribed[room]).sort(), [r1, r2].sort());
    assert.equal(all.unsubscribed, undefined);
    assert.equal((await alice.call('GET', `${list}&from=x`)).body.errcode, 'M_INVALID_PARAM');
  });
});
