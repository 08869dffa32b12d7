import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';

const v2 = '/_synapse/admin/v2';
let server: TestServer;
let admin: TestUser;
let bob: TestUser;

before(async () => {
  server = await testServer();
  admin = await server.user('admin', { admin: true });
  bob = await server.user('bob');
});
after(() => server?.close());

test('devices are listed, made, named and deleted', async () => {
  const path = `${v2}/users/${bob.userId}/devices`;
  const made = await admin.call('POST', path, { device_id: 'TABLET' });
  assert.deepEqual([made.status, made.body], [201, {}]);
  assert.equal((await admin.call('POST', path, { device_id: 'TABLET' })).status, 201);
  assert.deepEqual((await admin.call('PUT', `${path}/TABLET`, { display_name: 'Kitchen' })).body, {});
  const list = (await admin.call('GET', path)).body;
  assert.equal(list.total, 2);
  assert.deepEqual(
    list.devices.find((d: { device_id: string }) => d.device_id === 'TABLET'),
    {
      device_id: 'TABLET',
      display_name: 'Kitchen',
      last_seen_ip: null,
      last_seen_user_agent: null,
      last_seen_ts: null,
      user_id: bob.userId,
      dehydrated: false,
    },
  );
  const one = (await admin.call('GET', `${path}/${bob.deviceId}`)).body;
  assert.deepEqual([one.device_id, one.user_id], [bob.deviceId, bob.userId]);
  assert.equal((await admin.call('GET', `${path}/NONE`)).body.errcode, 'M_NOT_FOUND');
  assert.equal((await admin.call('PUT', `${path}/NONE`, { display_name: 'x' })).body.errcode, 'M_NOT_FOUND');
  assert.deepEqual((await admin.call('DELETE', `${path}/TABLET`, {})).body, {});
  assert.equal((await bob.call('GET', '/devices')).body.devices.length, 1);
  const many = await admin.call('POST', `${v2}/users/${bob.userId}/delete_devices`, {
    devices: [bob.deviceId, 'NONE'],
  });
  assert.deepEqual(many.body, {});
  assert.equal((await bob.call('GET', '/account/whoami')).body.errcode, 'M_UNKNOWN_TOKEN');
});

test('cross-signing keys are replaced without authentication while an administrator allows it', async () => {
  const carol = await server.user('carol');
  const path = `/_synapse/admin/v1/users/${carol.userId}/_allow_cross_signing_replacement_without_uia`;
  assert.equal((await admin.call('POST', path, {})).body.errcode, 'M_NOT_FOUND');
  const master = (key: string) => ({
    master_key: { user_id: carol.userId, usage: ['master'], keys: { [`ed25519:${key}`]: key } },
  });
  const keys = ['A', 'B', 'C'].map((letter) => letter.repeat(43));
  const upload = (key: string) => carol.call('POST', '/keys/device_signing/upload', master(key));
  assert.deepEqual((await upload(keys[0] as string)).body, {});
  assert.equal((await upload(keys[1] as string)).status, 401);
  const open = await admin.call('POST', path, {});
  assert.ok(Math.abs(open.body.updatable_without_uia_before_ms - Date.now() - 600_000) < 60_000);
  assert.deepEqual((await upload(keys[1] as string)).body, {});
  await server.ctx.db.query('UPDATE users SET keys_replaceable_until = 1 WHERE user_id = $1', [carol.userId]);
  assert.equal((await upload(keys[2] as string)).status, 401);
});
