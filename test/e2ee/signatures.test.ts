import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../lib/spec/json.ts';
import { type SigningKey, signJson } from '../../lib/spec/signing.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { crossSigningKeys, login, ok, realDevice, sharedRoom, sync } from './kit.ts';

const path = '/keys/signatures/upload';

/** The object with one signature and no other. */
function signed(object: JsonObject, userId: string, key: SigningKey): JsonObject {
  const { signatures: _signatures, ...rest } = object;
  return signJson(rest, userId, key) as JsonObject;
}

describe('POST /keys/signatures/upload', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  /** A user with a device and cross-signing keys. */
  const person = async (name: string) => {
    const user = await server.user(name);
    const device = realDevice(user);
    const keys = crossSigningKeys(user.userId);
    await ok(user, 'POST', '/keys/upload', { device_keys: device.keys });
    const upload = { master_key: keys.master.json, self_signing_key: keys.self.json, user_signing_key: keys.user.json };
    await ok(user, 'POST', '/keys/device_signing/upload', upload);
    return { user, device, master: keys.master, self: keys.self, userKey: keys.user };
  };
  const query = (viewer: TestUser, of: TestUser) =>
    ok(viewer, 'POST', '/keys/query', { device_keys: { [of.userId]: [] } });

  test('adds signatures to devices and master keys for everybody', async () => {
    const alice = await person('alice');
    const { userId, deviceId } = alice.user;
    const bob = await server.user('bob');
    await sharedRoom(alice.user, bob);
    const { next_batch } = await sync(bob);
    const device = signed(alice.device.keys, userId, alice.self.key);
    const master = signed(alice.master.json, userId, alice.device.key);
    const body = { [userId]: { [deviceId]: device, [alice.master.publicKey]: master } };
    assert.deepEqual(await ok(alice.user, 'POST', path, body), { failures: {} });
    for (const viewer of [alice.user, bob]) {
      const answer = await query(viewer, alice.user);
      const own = (object: JsonObject) => (object['signatures'] as Record<string, JsonObject>)[userId] as JsonObject;
      assert.deepEqual(answer.device_keys[userId][deviceId].signatures, {
        [userId]: { ...own(alice.device.keys), ...own(device) },
      });
      assert.deepEqual(answer.master_keys[userId], master);
    }
    const changed = await sync(bob, next_batch);
    assert.deepEqual(changed.device_lists.changed, [userId]);
    // The same again is no news, and a device that uploads its keys again keeps the signature.
    await ok(alice.user, 'POST', '/_matrix/client/unstable/keys/signatures/upload', body);
    await ok(alice.user, 'POST', '/keys/upload', { device_keys: alice.device.keys });
    assert.equal((await sync(bob, changed.next_batch)).device_lists, undefined);
    const again = await query(bob, alice.user);
    assert.ok(again.device_keys[userId][deviceId].signatures[userId][alice.self.key.keyId]);
  });

  test('shows a signature on somebody else to the signer alone', async () => {
    const carol = await person('carol');
    const dave = await person('dave');
    const erin = await server.user('erin');
    await sharedRoom(carol.user, dave.user, erin);
    const since = new Map<TestUser, string>();
    for (const user of [carol.user, dave.user, erin]) since.set(user, (await sync(user)).next_batch);
    const master = signed(dave.master.json, carol.user.userId, carol.userKey.key);
    const body = { [dave.user.userId]: { [dave.master.publicKey]: master } };
    assert.deepEqual(await ok(carol.user, 'POST', path, body), { failures: {} });
    assert.deepEqual((await query(carol.user, dave.user)).master_keys[dave.user.userId], master);
    for (const viewer of [dave.user, erin]) {
      assert.deepEqual((await query(viewer, dave.user)).master_keys[dave.user.userId], dave.master.json);
      assert.equal((await sync(viewer, since.get(viewer))).device_lists, undefined);
    }
    assert.deepEqual((await sync(carol.user, since.get(carol.user))).device_lists.changed, [dave.user.userId]);
  });

  test('says what it does not take, and takes the rest', async () => {
    const frank = await person('frank');
    const grace = await person('grace');
    const { userId, deviceId } = frank.user;
    const other = crossSigningKeys(userId);
    const wrong = signed(frank.device.keys, userId, frank.self.key);
    (wrong['signatures'] as Record<string, JsonObject>)[userId] = {
      [frank.self.key.keyId]: (other.self.json['signatures'] as Record<string, Record<string, string>>)[userId]?.[
        other.master.key.keyId
      ] as string,
    };
    const cases: [string, string, JsonObject, string][] = [
      [userId, 'NONE', signed(frank.device.keys, userId, frank.self.key), 'M_NOT_FOUND'],
      [userId, frank.self.publicKey, signed(frank.self.json, userId, frank.device.key), 'M_NOT_FOUND'],
      [userId, deviceId, signed({ ...frank.device.keys, more: 1 }, userId, frank.self.key), 'M_INVALID_PARAM'],
      [userId, deviceId, { ...frank.device.keys, more: 1.5 }, 'M_BAD_JSON'],
      [userId, deviceId, frank.device.keys, 'M_INVALID_SIGNATURE'],
      [userId, deviceId, signed(frank.device.keys, userId, frank.userKey.key), 'M_INVALID_SIGNATURE'],
      [userId, deviceId, wrong, 'M_INVALID_SIGNATURE'],
      [userId, frank.master.publicKey, signed(frank.master.json, userId, frank.self.key), 'M_INVALID_SIGNATURE'],
      [grace.user.userId, grace.user.deviceId, signed(grace.device.keys, userId, frank.userKey.key), 'M_NOT_FOUND'],
      [
        grace.user.userId,
        grace.master.publicKey,
        signed(grace.master.json, userId, frank.self.key),
        'M_INVALID_SIGNATURE',
      ],
      ['@nobody:localhost', 'X', {}, 'M_NOT_FOUND'],
    ];
    for (const [target, key, object, code] of cases) {
      const { failures } = await ok(frank.user, 'POST', path, { [target]: { [key]: object } });
      assert.equal(failures[target][key].errcode, code, `${target} ${key}`);
    }
    await ok(frank.user, 'POST', path, '{"__proto__":{"X":{}},"@nobody:localhost":{"__proto__":{}}}');
    assert.equal(({} as Record<string, unknown>)['X'], undefined);
    const master = signed(frank.master.json, userId, frank.device.key);
    const mixed = { [userId]: { NONE: frank.device.keys, [frank.master.publicKey]: master } };
    const { failures } = await ok(frank.user, 'POST', path, mixed);
    assert.deepEqual(Object.keys(failures[userId]), ['NONE']);
    assert.deepEqual((await query(grace.user, frank.user)).master_keys[userId], master);
  });

  test('takes signatures away with the keys that made them and with what they sign', async () => {
    const heidi = await person('heidi');
    const ivan = await person('ivan');
    const { userId } = heidi.user;
    const phone = await login(server, heidi.user);
    const phoneDevice = realDevice(phone);
    await ok(phone, 'POST', '/keys/upload', { device_keys: phoneDevice.keys });
    const byHeidi = signed(ivan.master.json, userId, heidi.userKey.key);
    const master = signed(heidi.master.json, userId, phoneDevice.key);
    const sign = async () => {
      const { failures } = await ok(heidi.user, 'POST', path, {
        [userId]: {
          [phone.deviceId]: signed(phoneDevice.keys, userId, heidi.self.key),
          [heidi.master.publicKey]: master,
        },
        [ivan.user.userId]: { [ivan.master.publicKey]: byHeidi },
      });
      assert.deepEqual(failures, {});
    };
    const stored = async () =>
      (
        await server.ctx.db.query<{ target: string; keyId: string }>(
          'SELECT target, key_id AS "keyId" FROM key_signatures WHERE signer_user_id = $1 ORDER BY target',
          [userId],
        )
      ).map(({ target, keyId }) => `${target} by ${keyId}`);
    await sign();
    assert.equal((await stored()).length, 3);
    // Other identity keys under the same device id are another device.
    await ok(phone, 'POST', '/keys/upload', { device_keys: realDevice(phone).keys });
    assert.equal((await stored()).length, 2);
    await ok(phone, 'POST', '/keys/upload', { device_keys: phoneDevice.keys });
    await sign();
    assert.equal((await stored()).length, 3);
    await ok(phone, 'POST', '/logout', {});
    assert.deepEqual(await stored(), [`${ivan.master.publicKey} by ${heidi.userKey.key.keyId}`]);
    const keys = crossSigningKeys(userId);
    const upload = { master_key: keys.master.json, self_signing_key: keys.self.json, user_signing_key: keys.user.json };
    const auth = { type: 'm.login.password', user: userId, password: 'secret-of-heidi' };
    await ok(heidi.user, 'POST', '/keys/device_signing/upload', { ...upload, auth });
    assert.deepEqual(await stored(), []);
  });
});
