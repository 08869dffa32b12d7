import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestServer, testServer } from '../kit/server.ts';
import { deviceKeys, fails, login, ok, sharedRoom, sync } from './kit.ts';

describe('POST /keys/upload', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const path = '/keys/upload';

  test('publishes device keys and counts one-time keys', async () => {
    const alice = await server.user('alice');
    const body = await ok(alice, 'POST', path, {
      device_keys: deviceKeys(alice, { unsigned: { mine: true } }),
      one_time_keys: {
        'my_algorithm:one': 'text',
        'signed_curve25519:A': { key: 'a' },
        'signed_curve25519:B': { key: 'b' },
      },
    });
    assert.deepEqual(body, { one_time_key_counts: { my_algorithm: 1, signed_curve25519: 2 } });
    const { device_keys } = await ok(alice, 'POST', '/keys/query', { device_keys: { [alice.userId]: [] } });
    assert.deepEqual(device_keys, { [alice.userId]: { [alice.deviceId]: { ...deviceKeys(alice), unsigned: {} } } });
    assert.deepEqual(await ok(alice, 'POST', path, {}), {
      one_time_key_counts: { my_algorithm: 1, signed_curve25519: 2 },
    });
  });

  test('takes the device in the path if it is that of the token', async () => {
    const bob = await server.user('bob');
    const own = `${path}/${bob.deviceId}`;
    await ok(bob, 'POST', own, { device_keys: deviceKeys(bob) });
    await ok(bob, 'POST', `/_matrix/client/r0/keys/upload/${bob.deviceId}`, { device_keys: deviceKeys(bob) });
    await ok(bob, 'POST', '/_matrix/client/unstable/keys/upload', {});
    await fails(bob, 'POST', `${path}/OTHER`, {}, 400, 'M_INVALID_PARAM');
  });

  test('refuses keys that are malformed or of somebody else', async () => {
    const carol = await server.user('carol');
    const dave = await server.user('dave');
    const { user_id, device_id } = deviceKeys(carol);
    const wrong: unknown[] = [
      { user_id, device_id },
      deviceKeys(dave),
      deviceKeys(carol, { device_id: 'OTHER' }),
      deviceKeys(carol, { algorithms: 'all' }),
      deviceKeys(carol, { keys: { 'ed25519:X': 1 } }),
      deviceKeys(carol, { signatures: { '@x:y': 'no' } }),
      deviceKeys(carol, { extra: 1.5 }),
      deviceKeys(carol, { extra: 'x'.repeat(70_000) }),
      'text',
      [],
    ];
    for (const device_keys of wrong) await fails(carol, 'POST', path, { device_keys }, 400, 'M_BAD_JSON');
    const wrongOnes = [{ nocolon: 'x' }, { ':id': 'x' }, { 'a:': 'x' }, { 'a:b': 1 }, { 'a:b': null }, { 'a:\0': 'x' }];
    for (const keys of [...wrongOnes, { [`a:${'b'.repeat(255)}`]: 'x' }, []]) {
      await fails(carol, 'POST', path, { one_time_keys: keys }, 400, 'M_BAD_JSON');
      await fails(carol, 'POST', path, { fallback_keys: keys }, 400, 'M_BAD_JSON');
    }
    const two = { 'a:1': 'x', 'a:2': 'y' };
    await fails(carol, 'POST', path, { fallback_keys: two }, 400, 'M_INVALID_PARAM');
    const { device_keys } = await ok(carol, 'POST', '/keys/query', { device_keys: { [carol.userId]: [] } });
    assert.deepEqual(device_keys[carol.userId], {});
  });

  test('takes a key again, but not another under the same id', async () => {
    const erin = await server.user('erin');
    const keys = {
      'signed_curve25519:A': { key: 'a', signatures: { x: { y: 'z' } } },
      'signed_curve25519:B': { key: 'b' },
    };
    const counts = { one_time_key_counts: { signed_curve25519: 2 } };
    assert.deepEqual(await ok(erin, 'POST', path, { one_time_keys: keys }), counts);
    // Another order of members is no other content.
    const again = { 'signed_curve25519:A': { signatures: { x: { y: 'z' } }, key: 'a' } };
    assert.deepEqual(await ok(erin, 'POST', path, { one_time_keys: again }), counts);
    const overlap = { 'signed_curve25519:B': { key: 'b' }, 'signed_curve25519:C': { key: 'c' } };
    assert.deepEqual(await ok(erin, 'POST', path, { one_time_keys: overlap }), {
      one_time_key_counts: { signed_curve25519: 3 },
    });
    const clash = { 'signed_curve25519:D': { key: 'd' }, 'signed_curve25519:A': { key: 'other' } };
    const error = await fails(erin, 'POST', path, { one_time_keys: clash }, 400, 'M_INVALID_PARAM');
    // Clients look for these words.
    assert.match(error.error, /^One time key signed_curve25519:A already exists/);
    assert.deepEqual(await ok(erin, 'POST', path, {}), { one_time_key_counts: { signed_curve25519: 3 } });
  });

  test('tells of device keys that changed, and only of those', async () => {
    const frank = await server.user('frank');
    const grace = await server.user('grace');
    await sharedRoom(frank, grace);
    let { next_batch } = await sync(grace);
    const step = async (body: object) => {
      await ok(frank, 'POST', path, body);
      const answer = await sync(grace, next_batch);
      next_batch = answer.next_batch;
      return answer.device_lists?.changed ?? [];
    };
    assert.deepEqual(await step({ device_keys: deviceKeys(frank) }), [frank.userId]);
    assert.deepEqual(await step({ device_keys: deviceKeys(frank) }), []);
    assert.deepEqual(await step({ device_keys: deviceKeys(frank), one_time_keys: { 'a:1': 'x' } }), []);
    assert.deepEqual(await step({ fallback_keys: { 'a:2': 'x' } }), []);
    const changed = deviceKeys(frank, { algorithms: [] });
    assert.deepEqual(await step({ device_keys: changed }), [frank.userId]);
    assert.deepEqual(await step({ device_keys: { ...changed, unsigned: { a: 1 } } }), []);
  });

  test('lets syncs know the counts at once', async () => {
    const heidi = await server.user('heidi');
    const first = await sync(heidi);
    assert.deepEqual(first.device_one_time_keys_count, { signed_curve25519: 0 });
    assert.deepEqual(first.device_unused_fallback_key_types, []);
    await ok(heidi, 'POST', path, {
      one_time_keys: { 'signed_curve25519:A': { key: 'a' }, 'other:B': 'b' },
      fallback_keys: { 'signed_curve25519:F': { key: 'f', fallback: true } },
    });
    const second = await sync(heidi, first.next_batch);
    assert.deepEqual(second.device_one_time_keys_count, { signed_curve25519: 1, other: 1 });
    assert.deepEqual(second.device_unused_fallback_key_types, ['signed_curve25519']);
    // Counts are each device's own.
    const phone = await login(server, heidi);
    assert.deepEqual((await sync(phone)).device_one_time_keys_count, { signed_curve25519: 0 });
  });

  test('keeps several uploads of one device at a time in order', async () => {
    const ivan = await server.user('ivan');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        ivan.call('POST', path, {
          one_time_keys: {
            'signed_curve25519:same': { key: String(i % 2) },
            [`signed_curve25519:${i}`]: { key: `k${i}` },
          },
        }),
      ),
    );
    const taken = answers.flatMap(({ status }, i) => (status === 200 ? [i % 2] : []));
    assert.equal(new Set(taken).size, 1, 'two contents under one id were taken');
    assert.equal(taken.length, 6);
    const { one_time_key_counts } = await ok(ivan, 'POST', path, {});
    assert.deepEqual(one_time_key_counts, { signed_curve25519: 7 });
  });

  test('bounds what a device may leave', async () => {
    const judy = await server.user('judy');
    const keys = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`a:${from + i}`, 'x']));
    await fails(judy, 'POST', path, { one_time_keys: keys(0, 1_001) }, 400, 'M_BAD_JSON');
    for (let i = 0; i < 10; i++) await ok(judy, 'POST', path, { one_time_keys: keys(i * 1_000, 1_000) });
    await fails(judy, 'POST', path, { one_time_keys: keys(10_000, 1) }, 400, 'M_BAD_JSON');
  });
});
