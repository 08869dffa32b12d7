import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SyncService } from '../../lib/domain/sync/sync-service.ts';
import { pruneToDevice } from '../../lib/domain/to-device/prune-to-device.ts';
import { parseFilter } from '../../lib/spec/filters.ts';
import { putToDevice } from '../../lib/storage/to-device/to-device.ts';
import { parseSyncToken } from '../../lib/streams/sync-token.ts';
import { followerOf, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { crossSigningKeys, fails, login, ok, sync } from './kit.ts';

describe('to-device messages', () => {
  let server: TestServer;
  let alice: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
  });
  after(() => server.close());

  let txn = 0;
  const send = (to: TestUser, content: object, device = to.deviceId) =>
    ok(alice, 'PUT', `/sendToDevice/my.type/t${++txn}`, { messages: { [to.userId]: { [device]: content } } });
  const bodies = (answer: { to_device?: { events: { content: { n: unknown } }[] } }) =>
    (answer.to_device?.events ?? []).map((event) => event.content.n);
  const waiting = async (user: TestUser) =>
    (await server.ctx.db.query('SELECT 1 FROM to_device_messages WHERE user_id = $1', [user.userId])).length;

  test('come as they were sent, until a token acknowledges them', async () => {
    const bob = await server.user('bob');
    assert.deepEqual(await send(bob, { n: 1 }), {});
    const first = await sync(bob);
    assert.deepEqual(first.to_device, { events: [{ type: 'my.type', sender: alice.userId, content: { n: 1 } }] });
    // Nothing was acknowledged: neither by another first sync nor by an older token.
    assert.deepEqual(bodies(await sync(bob)), [1]);
    await send(bob, { n: 2 });
    const second = await sync(bob, first.next_batch);
    assert.deepEqual(bodies(second), [2]);
    assert.deepEqual(bodies(await sync(bob, first.next_batch)), [2], 'the same token again');
    assert.deepEqual(bodies(await sync(bob)), [2], 'the first is acknowledged, the second is not');
    await send(bob, { n: 3 });
    assert.deepEqual(bodies(await sync(bob, first.next_batch)), [2, 3]);
    const third = await sync(bob, second.next_batch);
    assert.deepEqual(bodies(third), [3]);
    assert.equal((await sync(bob, third.next_batch)).to_device, undefined);
    assert.equal(await waiting(bob), 0);
    assert.equal((await sync(bob)).to_device, undefined);
  });

  test('are taken once a transaction', async () => {
    const carol = await server.user('carol');
    const put = (from: TestUser, type: string, id: string, n: number) =>
      ok(from, 'PUT', `/sendToDevice/${type}/${id}`, { messages: { [carol.userId]: { '*': { n } } } });
    await put(alice, 'my.type', 'once', 1);
    await put(alice, 'my.type', 'once', 1);
    const first = await sync(carol);
    assert.deepEqual(bodies(first), [1]);
    await sync(carol, first.next_batch);
    await put(alice, 'my.type', 'once', 1);
    await Promise.all(Array.from({ length: 8 }, () => put(alice, 'my.type', 'together', 2)));
    await put(alice, 'other.type', 'once', 3);
    await put(await login(server, alice), 'my.type', 'once', 4);
    assert.deepEqual(bodies(await sync(carol, first.next_batch)), [2, 3, 4]);
  });

  test('go to all devices or to some, and nowhere where there is none', async () => {
    const dave = await server.user('dave');
    const phone = await login(server, dave);
    const erin = await server.user('erin');
    await ok(alice, 'PUT', `/sendToDevice/my.type/t${++txn}`, {
      messages: {
        [dave.userId]: { '*': { n: 'all' }, [phone.deviceId]: { n: 'phone' }, NONE: { n: 'none' } },
        [erin.userId]: { [erin.deviceId]: { n: 'erin' } },
        '@nobody:localhost': { '*': { n: 'nobody' } },
        '@far:elsewhere.example': { '*': { n: 'far' } },
      },
    });
    assert.deepEqual(bodies(await sync(dave)), ['all']);
    assert.deepEqual(bodies(await sync(phone)), ['all', 'phone']);
    assert.deepEqual(bodies(await sync(erin)), ['erin']);
    assert.equal(await waiting(dave), 3);
  });

  test('come a hundred at a time', async () => {
    const frank = await server.user('frank');
    for (let i = 0; i < 250; i++) await send(frank, { n: i });
    let since = (await sync(frank)).next_batch;
    const seen: unknown[] = [...Array(100).keys()];
    for (const count of [100, 50]) {
      const page = await sync(frank, since, 5_000);
      assert.equal(bodies(page).length, count);
      assert.equal(await waiting(frank), 250 - seen.length, 'what is acknowledged is deleted page by page');
      assert.deepEqual(bodies(await sync(frank, since)), bodies(page), 'the same token again');
      seen.push(...bodies(page));
      since = page.next_batch;
    }
    assert.deepEqual(seen, [...Array(250).keys()]);
    assert.equal((await sync(frank, since)).to_device, undefined);
    assert.equal(await waiting(frank), 0);
  });

  test('are deleted wherever they were given out', async () => {
    const grace = await server.user('grace');
    // Another instance gives a message out: this one has only heard of it.
    const first = await sync(grace);
    await sync(grace, first.next_batch);
    await send(grace, { n: 1 });
    const other = anotherSync(server);
    try {
      const given = await other.sync(grace, first.next_batch);
      assert.deepEqual(bodies(given), [1]);
      assert.equal((await sync(grace, given.next_batch)).to_device, undefined);
      assert.equal(await waiting(grace), 0);
    } finally {
      other.stop();
    }
  });

  test('end a long poll, and are there when several come at once', async () => {
    const heidi = await server.user('heidi');
    let { next_batch } = await sync(heidi);
    const seen: unknown[] = [];
    const reader = (async () => {
      while (seen.length < 60) {
        const answer = await sync(heidi, next_batch, 5_000);
        seen.push(...bodies(answer));
        next_batch = answer.next_batch;
      }
    })();
    for (let i = 0; i < 60; i += 6) await Promise.all([0, 1, 2, 3, 4, 5].map((j) => send(heidi, { n: i + j })));
    await reader;
    assert.deepEqual(
      [...(seen as number[])].sort((a, b) => a - b),
      [...Array(60).keys()],
    );
  });

  test('refuse what is malformed', async () => {
    const path = '/sendToDevice/my.type/bad';
    await fails(alice, 'PUT', path, {}, 400, 'M_MISSING_PARAM');
    await fails(alice, 'PUT', path, { messages: { [alice.userId]: [] } }, 400, 'M_BAD_JSON');
    await fails(alice, 'PUT', path, { messages: { [alice.userId]: { D: 'text' } } }, 400, 'M_BAD_JSON');
    await fails(alice, 'PUT', '/sendToDevice/a%00b/t', { messages: {} }, 400, 'M_INVALID_PARAM');
    await ok(alice, 'PUT', path, { messages: { [alice.userId]: { 'a\0b': {} } } });
  });

  test('go with the device, with its keys', async () => {
    const ivan = await server.user('ivan');
    const phone = await login(server, ivan, 'PHONE');
    const keys = { 'signed_curve25519:A': { key: 'a' } };
    const device_keys = { user_id: ivan.userId, device_id: 'PHONE', algorithms: [], keys: { 'ed25519:PHONE': 'x' } };
    await ok(phone, 'POST', '/keys/upload', { device_keys, one_time_keys: keys, fallback_keys: keys });
    await send(phone, { n: 1 });
    assert.deepEqual((await sync(phone)).device_one_time_keys_count, { signed_curve25519: 1 });
    await ok(phone, 'POST', '/logout', {});
    assert.equal(await waiting(ivan), 0);
    const { device_keys: left } = await ok(alice, 'POST', '/keys/query', { device_keys: { [ivan.userId]: [] } });
    assert.deepEqual(left, { [ivan.userId]: {} });
    const claim = { [ivan.userId]: { PHONE: 'signed_curve25519' } };
    assert.deepEqual((await ok(alice, 'POST', '/keys/claim', { one_time_keys: claim })).one_time_keys, {});
    // A device that gets the same id has nothing of it.
    const again = await login(server, ivan, 'PHONE');
    const answer = await sync(again);
    assert.equal(answer.to_device, undefined);
    assert.deepEqual(answer.device_one_time_keys_count, { signed_curve25519: 0 });
    assert.deepEqual(answer.device_unused_fallback_key_types, []);
  });

  test('go with the account, with its backups and cross-signing keys', async () => {
    const judy = await server.user('judy');
    await ok(judy, 'POST', '/room_keys/version', { algorithm: 'a', auth_data: {} });
    const { master, self } = crossSigningKeys(judy.userId);
    await ok(judy, 'POST', '/keys/device_signing/upload', { master_key: master.json, self_signing_key: self.json });
    const auth = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'judy' },
      password: 'secret-of-judy',
    };
    await ok(judy, 'POST', '/account/deactivate', { auth });
    const query = await ok(alice, 'POST', '/keys/query', { device_keys: { [judy.userId]: [] } });
    assert.deepEqual([query.master_keys, query.self_signing_keys], [{}, {}]);
    const backups = await server.ctx.db.query('SELECT deleted, auth_data FROM key_backups WHERE user_id = $1', [
      judy.userId,
    ]);
    assert.deepEqual(backups, [{ deleted: true, auth_data: 'null' }]);
  });

  test('are pruned: transactions after a day, and what is for devices that are gone', async () => {
    const kim = await server.user('kim');
    const { db } = server.ctx;
    await send(kim, { n: 1 });
    await putToDevice(db, [{ userId: kim.userId, deviceId: 'GONE', json: '{}' }], undefined);
    const transactions = () => db.query('SELECT 1 FROM to_device_transactions');
    assert.ok((await transactions()).length > 0);
    await pruneToDevice(server.ctx);
    assert.ok((await transactions()).length > 0);
    await pruneToDevice({ ...server.ctx, clock: { ...server.ctx.clock, now: () => Date.now() + 86_400_001 } });
    assert.deepEqual(await transactions(), []);
    assert.equal(await waiting(kim), 1);
  });
});

/** Another sync service over the same database, with a memory of its own. */
function anotherSync(server: TestServer) {
  const ctx = { ...followerOf(server) };
  const service = new SyncService(ctx);
  ctx.sync = service;
  service.start();
  return {
    async sync(user: TestUser, since: string) {
      const text = await service.sync({
        userId: user.userId,
        deviceId: user.deviceId,
        since: parseSyncToken(since),
        filter: parseFilter({}),
        fullState: false,
        useStateAfter: false,
        timeoutMs: 0,
        signal: new AbortController().signal,
      });
      return JSON.parse(text);
    },
    stop: () => service.stop(),
  };
}
