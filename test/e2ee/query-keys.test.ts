import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestServer, testServer } from '../kit/server.ts';
import { crossSigningKeys, deviceKeys, fails, login, ok } from './kit.ts';

describe('POST /keys/query', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const path = '/keys/query';

  test('gives the devices that are wanted, with their names', async () => {
    const alice = await server.user('alice');
    const phone = await login(server, alice);
    const third = await login(server, alice);
    for (const device of [alice, phone]) await ok(device, 'POST', '/keys/upload', { device_keys: deviceKeys(device) });
    await ok(alice, 'PUT', `/devices/${phone.deviceId}`, { display_name: 'Telephone' });
    const laptopKeys = { ...deviceKeys(alice), unsigned: {} };
    const phoneKeys = { ...deviceKeys(phone), unsigned: { device_display_name: 'Telephone' } };

    const bob = await server.user('bob');
    const all = await ok(bob, 'POST', path, { device_keys: { [alice.userId]: [], [bob.userId]: [] } });
    assert.deepEqual(all, {
      failures: {},
      device_keys: { [alice.userId]: { [alice.deviceId]: laptopKeys, [phone.deviceId]: phoneKeys }, [bob.userId]: {} },
      master_keys: {},
      self_signing_keys: {},
      user_signing_keys: {},
    });
    const query = { [alice.userId]: [phone.deviceId, third.deviceId, 'NONE'], '@nobody:localhost': [] };
    const some = await ok(bob, 'POST', path, { device_keys: query });
    assert.deepEqual(some.device_keys, { [alice.userId]: { [phone.deviceId]: phoneKeys }, '@nobody:localhost': {} });
  });

  test('names servers that are out of reach', async () => {
    const carol = await server.user('carol');
    const query = {
      '@x:elsewhere.example': [],
      '@y:elsewhere.example': ['D'],
      '@z:[::1]:8448': [],
      [carol.userId]: [],
    };
    const body = await ok(carol, 'POST', path, { device_keys: query, timeout: 10 });
    assert.deepEqual(Object.keys(body.failures).sort(), ['[::1]:8448', 'elsewhere.example']);
    assert.deepEqual(body.device_keys, { [carol.userId]: {} });
  });

  test('shows a user-signing key to its user alone', async () => {
    const dave = await server.user('dave');
    const { master, self, user } = crossSigningKeys(dave.userId);
    const upload = { master_key: master.json, self_signing_key: self.json, user_signing_key: user.json };
    await ok(dave, 'POST', '/keys/device_signing/upload', upload);
    const own = await ok(dave, 'POST', path, { device_keys: { [dave.userId]: [] } });
    assert.deepEqual(own.master_keys, { [dave.userId]: master.json });
    assert.deepEqual(own.self_signing_keys, { [dave.userId]: self.json });
    assert.deepEqual(own.user_signing_keys, { [dave.userId]: user.json });
    const erin = await server.user('erin');
    const others = await ok(erin, 'POST', path, { device_keys: { [dave.userId]: [] } });
    assert.deepEqual(others, { ...own, user_signing_keys: {} });
  });

  test('refuses what is malformed', async () => {
    const frank = await server.user('frank');
    await fails(frank, 'POST', path, {}, 400, 'M_MISSING_PARAM');
    await fails(frank, 'POST', path, { device_keys: { '@a:b': { D: true } } }, 400, 'M_BAD_JSON');
    await fails(frank, 'POST', path, { device_keys: { '@a:b': [1] } }, 400, 'M_BAD_JSON');
    await fails(frank, 'POST', path, { device_keys: [] }, 400, 'M_BAD_JSON');
    await fails(frank, 'POST', path, { device_keys: { frank: [] } }, 400, 'M_INVALID_PARAM');
    assert.equal((await server.call('POST', path, { device_keys: {} })).body.errcode, 'M_MISSING_TOKEN');
  });

  test('is open to guests', async () => {
    const open = await testServer({ allowGuestAccess: true });
    try {
      const { body } = await open.call('POST', '/register?kind=guest', {});
      const headers = { authorization: `Bearer ${body.access_token}` };
      const upload = await open.call('POST', '/keys/upload', {}, { headers });
      assert.deepEqual(upload.body, { one_time_key_counts: { signed_curve25519: 0 } });
      const query = await open.call('POST', path, { device_keys: { [body.user_id]: [] } }, { headers });
      assert.deepEqual(query.body.device_keys, { [body.user_id]: {} });
      const backup = await open.call('GET', '/room_keys/version', undefined, { headers });
      assert.equal(backup.body.errcode, 'M_GUEST_ACCESS_FORBIDDEN');
    } finally {
      await open.close();
    }
  });
});
