import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { announcePendingDeviceLists } from '../../lib/domain/e2ee/announce-pending.ts';
import { putPendingDeviceLists } from '../../lib/storage/device-lists/pending.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { deviceKeys, fails, login, ok, sharedRoom, sync } from './kit.ts';

/** Both of these have to say the same of a stretch: `device_lists` of the sync and `/keys/changes`. */
async function changes(user: TestUser, since: string): Promise<{ changed: string[]; left: string[]; next: string }> {
  const answer = await sync(user, since);
  const lists = { changed: [], left: [], ...answer.device_lists };
  const query = await ok(user, 'GET', `/keys/changes?from=${since}&to=${answer.next_batch}`);
  assert.deepEqual(query.changed.sort(), lists.changed.sort(), 'changed');
  assert.deepEqual(query.left.sort(), lists.left.sort(), 'left');
  return { ...lists, next: answer.next_batch };
}

describe('device lists in /sync and /keys/changes', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  let count = 0;
  const users = (...names: string[]) => Promise.all(names.map((name) => server.user(`${name}${++count}`)));
  const path = (room: string, what: string) => `/rooms/${encodeURIComponent(room)}/${what}`;

  test('tell of keys, devices and names of those who share a room', async () => {
    const [alice, bob, stranger] = (await users('alice', 'bob', 'stranger')) as [TestUser, TestUser, TestUser];
    await sharedRoom(alice, bob);
    let since = (await sync(alice)).next_batch;
    const step = async (act: () => Promise<unknown>) => {
      await act();
      const { changed, left, next } = await changes(alice, since);
      since = next;
      assert.deepEqual(left, []);
      return changed;
    };
    assert.deepEqual(await step(() => ok(bob, 'POST', '/keys/upload', { device_keys: deviceKeys(bob) })), [bob.userId]);
    assert.deepEqual(await step(() => ok(stranger, 'POST', '/keys/upload', { device_keys: deviceKeys(stranger) })), []);
    let phone = bob;
    const logIn = async () => {
      phone = await login(server, bob);
    };
    assert.deepEqual(await step(logIn), [bob.userId]);
    const rename = () => ok(bob, 'PUT', `/devices/${phone.deviceId}`, { display_name: 'x' });
    assert.deepEqual(await step(rename), [bob.userId]);
    assert.deepEqual(await step(() => ok(phone, 'POST', '/logout', {})), [bob.userId]);
    // A user is told of their own devices.
    assert.deepEqual(await step(() => ok(alice, 'POST', '/keys/upload', { device_keys: deviceKeys(alice) })), [
      alice.userId,
    ]);
    assert.deepEqual(await step(async () => {}), []);
  });

  test('tell of users who come and go', async () => {
    const [alice, bob, carol] = (await users('alice', 'bob', 'carol')) as [TestUser, TestUser, TestUser];
    const room = await sharedRoom(alice);
    let since = (await sync(alice)).next_batch;
    const step = async (...acts: (() => Promise<unknown>)[]) => {
      for (const act of acts) await act();
      const { changed, left, next } = await changes(alice, since);
      since = next;
      return { changed, left };
    };
    const join = (user: TestUser) => () => ok(user, 'POST', path(room, 'join'), {});
    const leave = (user: TestUser) => () => ok(user, 'POST', path(room, 'leave'), {});
    const upload = (user: TestUser, n: number) => () =>
      ok(user, 'POST', '/keys/upload', { device_keys: deviceKeys(user, { n }) });
    assert.deepEqual(await step(join(bob)), { changed: [bob.userId], left: [] });
    assert.deepEqual(await step(leave(bob)), { changed: [], left: [bob.userId] });
    assert.deepEqual(await step(upload(bob, 1)), { changed: [], left: [] }, 'no room is shared');
    assert.deepEqual(await step(join(bob), leave(bob), upload(bob, 2), join(bob)), { changed: [bob.userId], left: [] });
    // Whoever is invited gets keys too where the history is shared with invited users.
    const invite = () => ok(alice, 'POST', path(room, 'invite'), { user_id: carol.userId });
    assert.deepEqual(await step(invite), { changed: [carol.userId], left: [] });
    assert.deepEqual(await step(leave(carol)), { changed: [], left: [carol.userId] });
    // With a second room in common nobody is gone.
    const second = await sharedRoom(alice, bob);
    assert.deepEqual(await step(leave(bob)), { changed: [bob.userId], left: [] });
    const leaveSecond = () => ok(alice, 'POST', path(second, 'leave'), {});
    assert.deepEqual(await step(leaveSecond), { changed: [], left: [bob.userId] });
  });

  test('tell of everybody in a room that one comes into or leaves', async () => {
    const [alice, bob, carol] = (await users('alice', 'bob', 'carol')) as [TestUser, TestUser, TestUser];
    const room = await sharedRoom(alice, bob, carol);
    const dave = await server.user(`dave${++count}`);
    const before = (await sync(dave)).next_batch;
    await ok(dave, 'POST', path(room, 'join'), {});
    const joined = await changes(dave, before);
    assert.deepEqual(joined.changed.sort(), [alice.userId, bob.userId, carol.userId].sort());
    await ok(carol, 'POST', path(room, 'leave'), {});
    await ok(dave, 'POST', path(room, 'leave'), {});
    const left = await changes(dave, joined.next);
    assert.deepEqual(left.left.sort(), [alice.userId, bob.userId, carol.userId].sort());
    assert.deepEqual(left.changed, []);
  });

  test('end a long poll', async () => {
    const [alice, bob] = (await users('alice', 'bob')) as [TestUser, TestUser];
    await sharedRoom(alice, bob);
    let { next_batch } = await sync(alice);
    // Presence may end the first.
    const polled = (async () => {
      for (;;) {
        const answer = await sync(alice, next_batch, 5_000);
        if (answer.device_lists) return answer.device_lists.changed;
        next_batch = answer.next_batch;
      }
    })();
    await ok(bob, 'POST', '/keys/upload', { device_keys: deviceKeys(bob) });
    assert.deepEqual(await polled, [bob.userId]);
  });

  test('refuse tokens that are none', async () => {
    const [alice] = (await users('alice')) as [TestUser];
    const { next_batch } = await sync(alice);
    await fails(alice, 'GET', `/keys/changes?from=${next_batch}`, undefined, 400, 'M_MISSING_PARAM');
    await fails(alice, 'GET', `/keys/changes?from=x&to=${next_batch}`, undefined, 400, 'M_INVALID_PARAM');
  });

  test('are told of a change whose process ended before it could tell', async () => {
    const [alice, bob] = (await users('alice', 'bob')) as [TestUser, TestUser];
    await sharedRoom(alice, bob);
    const { next_batch } = await sync(alice);
    const { db } = server.ctx;
    const left = () => db.query('SELECT 1 FROM pending_device_lists');
    assert.deepEqual(await left(), [], 'what is told is not pending');
    const pending = [
      { userId: bob.userId, seenBy: null },
      { userId: alice.userId, seenBy: bob.userId },
    ];
    await putPendingDeviceLists(db, pending, Date.now() - 30_000);
    await announcePendingDeviceLists(server.ctx);
    assert.equal((await left()).length, 2, 'whoever made the change may still tell of it');
    await announcePendingDeviceLists({ ...server.ctx, clock: { ...server.ctx.clock, now: () => Date.now() + 60_000 } });
    assert.deepEqual(await left(), []);
    assert.deepEqual((await changes(alice, next_batch)).changed, [bob.userId]);
  });
});
