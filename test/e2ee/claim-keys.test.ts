import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pruneToDevice } from '../../lib/domain/to-device/prune-to-device.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { fails, login, ok, sync } from './kit.ts';

describe('POST /keys/claim', () => {
  let server: TestServer;
  let alice: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
  });
  after(() => server.close());

  const algorithm = 'signed_curve25519';
  const claim = (user: TestUser, of: TestUser, name = algorithm) =>
    ok(user, 'POST', '/keys/claim', { one_time_keys: { [of.userId]: { [of.deviceId]: name } } });
  const upload = (user: TestUser, one_time_keys: object, fallback_keys?: object) =>
    ok(user, 'POST', '/keys/upload', { one_time_keys, fallback_keys });

  test('gives keys out in the order of upload, each once', async () => {
    const bob = await server.user('bob');
    await upload(bob, { 'signed_curve25519:2': { key: 'first' }, 'other:1': 'text' });
    await upload(bob, { 'signed_curve25519:1': { key: 'second' } });
    const answer = (keys: object) => ({ one_time_keys: { [bob.userId]: { [bob.deviceId]: keys } }, failures: {} });
    assert.deepEqual(await claim(alice, bob), answer({ 'signed_curve25519:2': { key: 'first' } }));
    assert.deepEqual(await claim(alice, bob), answer({ 'signed_curve25519:1': { key: 'second' } }));
    assert.deepEqual(await claim(alice, bob), { one_time_keys: {}, failures: {} });
    assert.deepEqual(await claim(alice, bob, 'other'), answer({ 'other:1': 'text' }));
    assert.deepEqual((await sync(bob)).device_one_time_keys_count, { signed_curve25519: 0 });
  });

  test('gives a fallback key when none is left, as often as wanted, and says that it is used', async () => {
    const carol = await server.user('carol');
    const fallback = { 'signed_curve25519:F': { key: 'f', fallback: true } };
    await upload(carol, { 'signed_curve25519:1': { key: 'one' } }, fallback);
    const types = async () => (await sync(carol)).device_unused_fallback_key_types;
    await claim(alice, carol);
    assert.deepEqual(await types(), [algorithm]);
    for (let i = 0; i < 2; i++) {
      const body = await claim(alice, carol);
      assert.deepEqual(body.one_time_keys[carol.userId][carol.deviceId], fallback);
      assert.deepEqual(await types(), []);
    }
    // The same one again stays used; another is not.
    await upload(carol, {}, fallback);
    assert.deepEqual(await types(), []);
    await upload(carol, {}, { 'signed_curve25519:G': { key: 'g', fallback: true } });
    assert.deepEqual(await types(), [algorithm]);
    await ok(carol, 'POST', '/keys/upload', { 'org.matrix.msc2732.fallback_keys': { 'old:H': 'h' } });
    assert.deepEqual((await types()).sort(), ['old', algorithm]);
  });

  test('does not bring a key back that was given out when the upload is repeated', async () => {
    const dave = await server.user('dave');
    const keys = { 'signed_curve25519:1': { key: 'one' }, 'signed_curve25519:2': { key: 'two' } };
    await upload(dave, keys);
    await claim(alice, dave);
    assert.deepEqual((await upload(dave, keys)).one_time_key_counts, { [algorithm]: 1 });
    assert.deepEqual(Object.keys((await claim(alice, dave)).one_time_keys[dave.userId][dave.deviceId]), [
      'signed_curve25519:2',
    ]);
    // Another key under an id that was given out is another key.
    assert.deepEqual((await upload(dave, { 'signed_curve25519:1': { key: 'new' } })).one_time_key_counts, {
      [algorithm]: 1,
    });
    assert.deepEqual((await claim(alice, dave)).one_time_keys[dave.userId][dave.deviceId], {
      'signed_curve25519:1': { key: 'new' },
    });
    const count = async () =>
      (await server.ctx.db.query('SELECT 1 FROM one_time_keys WHERE user_id = $1', [dave.userId])).length;
    assert.equal(await count(), 2);
    const later = { ...server.ctx, clock: { ...server.ctx.clock, now: () => Date.now() + 8 * 86_400_000 } };
    await pruneToDevice(later);
    assert.equal(await count(), 0);
  });

  test('answers for several devices at once and leaves out what is not there', async () => {
    const erin = await server.user('erin');
    const phone = await login(server, erin);
    await upload(erin, { 'signed_curve25519:1': { key: 'laptop' } });
    await upload(phone, {}, { 'signed_curve25519:F': { key: 'phone' } });
    const body = await ok(alice, 'POST', '/keys/claim', {
      timeout: 10,
      one_time_keys: {
        [erin.userId]: { [erin.deviceId]: algorithm, [phone.deviceId]: algorithm, NONE: algorithm, 'a\0b': algorithm },
        '@nobody:localhost': { X: algorithm },
        '@far:elsewhere.example': { X: algorithm },
      },
    });
    assert.deepEqual(body.one_time_keys, {
      [erin.userId]: {
        [erin.deviceId]: { 'signed_curve25519:1': { key: 'laptop' } },
        [phone.deviceId]: { 'signed_curve25519:F': { key: 'phone' } },
      },
    });
    assert.deepEqual(Object.keys(body.failures), ['elsewhere.example']);
  });

  test('refuses what is malformed', async () => {
    await fails(alice, 'POST', '/keys/claim', {}, 400, 'M_MISSING_PARAM');
    await fails(alice, 'POST', '/keys/claim', { one_time_keys: { x: { D: 'a' } } }, 400, 'M_INVALID_PARAM');
    await fails(alice, 'POST', '/keys/claim', { one_time_keys: { '@a:b': ['D'] } }, 400, 'M_BAD_JSON');
    await fails(alice, 'POST', '/keys/claim', { one_time_keys: { '@a:b': { D: 1 } } }, 400, 'M_BAD_JSON');
  });

  test('never gives a key twice: 50 claims of 20 keys at once, and the fallback key for the rest', async () => {
    const frank = await server.user('frank');
    const keys = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`signed_curve25519:${i}`, { key: `k${i}` }]));
    const fallback = { 'signed_curve25519:F': { key: 'f', fallback: true } };
    for (let round = 1; round <= 3; round++) {
      await upload(
        frank,
        Object.fromEntries(Object.entries(keys).map(([id, key]) => [`${id}_${round}`, key])),
        fallback,
      );
      const bodies = await Promise.all(Array.from({ length: 50 }, () => claim(alice, frank)));
      const ids = bodies.flatMap((body) => Object.keys(body.one_time_keys[frank.userId][frank.deviceId]));
      assert.equal(ids.length, 50, 'each claim gives one key');
      const given = ids.filter((id) => id !== 'signed_curve25519:F');
      assert.equal(given.length, 20);
      assert.equal(new Set(given).size, 20);
      assert.deepEqual((await sync(frank)).device_one_time_keys_count, { [algorithm]: 0 });
    }
  });

  test('claims of several devices in different orders do not wait for each other for ever', async () => {
    const devices = await Promise.all(['grace', 'heidi', 'ivan'].map((name) => server.user(name)));
    for (const device of devices) {
      const keys = Object.fromEntries(
        Array.from({ length: 10 }, (_, i) => [`signed_curve25519:${i}`, { key: `k${i}` }]),
      );
      await upload(device, keys, { 'signed_curve25519:F': { key: 'f' } });
    }
    const seen = new Map<string, number>();
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const order = i % 2 ? devices : [...devices].reverse();
        const wanted = Object.fromEntries(order.map((user) => [user.userId, { [user.deviceId]: algorithm }]));
        const body = await ok(alice, 'POST', '/keys/claim', { one_time_keys: wanted });
        for (const user of devices) {
          const [id] = Object.keys(body.one_time_keys[user.userId][user.deviceId]);
          seen.set(`${user.userId} ${id}`, (seen.get(`${user.userId} ${id}`) ?? 0) + 1);
        }
      }),
    );
    for (const [id, times] of seen) assert.equal(times, id.endsWith(':F') ? 20 : 1, id);
  });
});
