import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { crossSigningKey, crossSigningKeys, fails, login, ok, sharedRoom, sync } from './kit.ts';

const path = '/keys/device_signing/upload';

function upload(keys: ReturnType<typeof crossSigningKeys>) {
  return { master_key: keys.master.json, self_signing_key: keys.self.json, user_signing_key: keys.user.json };
}

function password(user: TestUser, session?: string) {
  const localpart = user.userId.slice(1, user.userId.indexOf(':'));
  const identifier = { type: 'm.id.user', user: user.userId };
  return { type: 'm.login.password', identifier, password: `secret-of-${localpart}`, session };
}

describe('POST /keys/device_signing/upload', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const query = async (user: TestUser) => {
    const body = await ok(user, 'POST', '/keys/query', { device_keys: { [user.userId]: [] } });
    const { master_keys, self_signing_keys, user_signing_keys } = body;
    return [master_keys, self_signing_keys, user_signing_keys].map((keys) => keys[user.userId]);
  };

  test('takes the first keys and the same again without authentication', async () => {
    const alice = await server.user('alice');
    const keys = crossSigningKeys(alice.userId);
    assert.deepEqual(await ok(alice, 'POST', path, upload(keys)), {});
    assert.deepEqual(await query(alice), [keys.master.json, keys.self.json, keys.user.json]);
    const { next_batch } = await sync(alice);
    assert.deepEqual(await ok(alice, 'POST', '/_matrix/client/unstable/keys/device_signing/upload', upload(keys)), {});
    assert.deepEqual(await ok(alice, 'POST', path, { self_signing_key: keys.self.json }), {});
    assert.equal((await sync(alice, next_batch)).device_lists, undefined, 'nothing has changed');
  });

  test('wants authentication for other keys', async () => {
    const bob = await server.user('bob');
    const old = crossSigningKeys(bob.userId);
    await ok(bob, 'POST', path, upload(old));
    const keys = crossSigningKeys(bob.userId);
    const refused = await bob.call('POST', path, upload(keys));
    assert.equal(refused.status, 401);
    assert.deepEqual(refused.body.flows, [{ stages: ['m.login.password'] }]);
    const wrong = { ...password(bob, refused.body.session), password: 'wrong' };
    assert.equal((await bob.call('POST', path, { ...upload(keys), auth: wrong })).status, 401);
    assert.deepEqual(await query(bob), [old.master.json, old.self.json, old.user.json]);
    await ok(bob, 'POST', path, { ...upload(keys), auth: password(bob, refused.body.session) });
    assert.deepEqual(await query(bob), [keys.master.json, keys.self.json, keys.user.json]);
    // One of the three too.
    const self = crossSigningKey(bob.userId, 'self_signing', keys.master);
    assert.equal((await bob.call('POST', path, { self_signing_key: self.json })).status, 401);
    await ok(bob, 'POST', path, { self_signing_key: self.json, auth: password(bob) });
    assert.deepEqual(await query(bob), [keys.master.json, self.json, keys.user.json]);
  });

  test('takes a key that is added later, with authentication', async () => {
    const carol = await server.user('carol');
    const keys = crossSigningKeys(carol.userId);
    await ok(carol, 'POST', path, { master_key: keys.master.json });
    assert.equal((await carol.call('POST', path, { self_signing_key: keys.self.json })).status, 401);
    await ok(carol, 'POST', path, { self_signing_key: keys.self.json, auth: password(carol) });
    assert.deepEqual(await query(carol), [keys.master.json, keys.self.json, undefined]);
  });

  test('drops keys that a new master key does not sign', async () => {
    const dave = await server.user('dave');
    const old = crossSigningKeys(dave.userId);
    await ok(dave, 'POST', path, upload(old));
    const master = crossSigningKey(dave.userId, 'master');
    await ok(dave, 'POST', path, { master_key: master.json, auth: password(dave) });
    assert.deepEqual(await query(dave), [master.json, undefined, undefined]);
  });

  test('refuses keys that are wrong', async () => {
    const erin = await server.user('erin');
    const { userId } = erin;
    const keys = crossSigningKeys(userId);
    const other = crossSigningKeys(userId);
    await fails(erin, 'POST', path, { self_signing_key: keys.self.json }, 400, 'M_MISSING_PARAM');
    await fails(erin, 'POST', path, {}, 400, 'M_MISSING_PARAM');
    for (const name of ['self_signing_key', 'user_signing_key'] as const) {
      const wrong = { ...upload(keys), [name]: upload(other)[name] };
      await fails(erin, 'POST', path, wrong, 400, 'M_INVALID_SIGNATURE');
    }
    const unsigned = { user_id: userId, usage: ['self_signing'], keys: keys.self.json['keys'] as object };
    await fails(erin, 'POST', path, { ...upload(keys), self_signing_key: unsigned }, 400, 'M_INVALID_SIGNATURE');
    const master = keys.master.json;
    const malformed = [
      { ...master, user_id: '@other:localhost' },
      { ...master, usage: ['self_signing'] },
      { ...master, usage: 'master' },
      { ...master, keys: {} },
      { ...master, keys: { ...(master['keys'] as object), 'ed25519:x': 'x' } },
      { ...master, keys: { 'ed25519:x': keys.master.publicKey } },
      { ...master, keys: { 'ed25519:AAAA': 'AAAA' } },
      { ...master, keys: null },
    ];
    for (const master_key of malformed) await fails(erin, 'POST', path, { master_key }, 400, 'M_INVALID_PARAM');
    await fails(erin, 'POST', path, { master_key: { ...master, n: 0.5 } }, 400, 'M_BAD_JSON');
    await fails(erin, 'POST', path, { master_key: 'text' }, 400, 'M_BAD_JSON');
    assert.deepEqual(await query(erin), [undefined, undefined, undefined]);
  });

  test('refuses a key that has the name of a device', async () => {
    const frank = await server.user('frank');
    const { master } = crossSigningKeys(frank.userId);
    await login(server, frank, master.publicKey);
    await fails(frank, 'POST', path, { master_key: master.json }, 403, 'M_FORBIDDEN');
  });

  test('tells others of master and self-signing keys, of a user-signing key its user alone', async () => {
    const grace = await server.user('grace');
    const heidi = await server.user('heidi');
    await sharedRoom(grace, heidi);
    const keys = crossSigningKeys(grace.userId);
    const since = new Map<TestUser, string>();
    for (const user of [grace, heidi]) since.set(user, (await sync(user)).next_batch);
    const told = async (user: TestUser) => {
      const answer = await sync(user, since.get(user));
      const query = await ok(user, 'GET', `/keys/changes?from=${since.get(user)}&to=${answer.next_batch}`);
      since.set(user, answer.next_batch);
      assert.deepEqual(query.changed, answer.device_lists?.changed ?? []);
      return query.changed;
    };
    await ok(grace, 'POST', path, { master_key: keys.master.json, self_signing_key: keys.self.json });
    assert.deepEqual(await told(grace), [grace.userId]);
    assert.deepEqual(await told(heidi), [grace.userId]);
    await ok(grace, 'POST', path, { user_signing_key: keys.user.json, auth: password(grace) });
    assert.deepEqual(await told(grace), [grace.userId]);
    assert.deepEqual(await told(heidi), []);
  });

  test('takes one of two first uploads at the same time; the other wants authentication', async () => {
    const ivan = await server.user('ivan');
    const sets = Array.from({ length: 6 }, () => crossSigningKeys(ivan.userId));
    const answers = await Promise.all(sets.map((keys) => ivan.call('POST', path, upload(keys))));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 401, 401, 401, 401, 401]);
    const won = sets[answers.findIndex((answer) => answer.status === 200)] as (typeof sets)[number];
    assert.deepEqual(await query(ivan), [won.master.json, won.self.json, won.user.json]);
  });
});
