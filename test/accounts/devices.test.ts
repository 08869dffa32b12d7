import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deviceCleanups } from '../../lib/domain/accounts/device-cleanups.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';

const NOT_FOUND = { errcode: 'M_NOT_FOUND', error: 'You have no such device.' };

describe('devices', () => {
  let server: TestServer;
  const changed: { userId: string; deviceIds: string[] }[] = [];
  before(async () => {
    server = await testServer();
    const { toDevice } = server.ctx.writers;
    const { deviceListChanged } = toDevice;
    toDevice.deviceListChanged = (command) => {
      changed.push(command);
      return deviceListChanged.call(toDevice, command);
    };
  });
  after(() => server.close());

  const password = (name: string) => ({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: name },
    password: `secret-of-${name}`,
  });
  const addDevice = async (name: string, device_id: string, initial_device_display_name = `name of ${device_id}`) => {
    const answer = await server.call('POST', '/login', { ...password(name), device_id, initial_device_display_name });
    assert.equal(answer.status, 200);
    return answer.body.access_token as string;
  };
  const idsOf = async (user: TestUser): Promise<string[]> =>
    (await user.call('GET', '/devices')).body.devices.map((device: { device_id: string }) => device.device_id);

  test('are listed, and shown one by one', async () => {
    const user = await server.user('list');
    await addDevice('list', 'A');
    await addDevice('list', 'B%2F ü');
    assert.deepEqual(await idsOf(user), [user.deviceId, 'A', 'B%2F ü']);
    const { body } = await user.call('GET', `/devices/${encodeURIComponent('B%2F ü')}`);
    assert.deepEqual(body, { device_id: 'B%2F ü', display_name: 'name of B%2F ü' });
    const unknown = await user.call('GET', '/devices/C');
    assert.equal(unknown.status, 404);
    assert.deepEqual(unknown.body, NOT_FOUND);
  });

  test('of others are not seen', async () => {
    const [one, other] = [await server.user('one'), await server.user('other')];
    assert.equal((await one.call('GET', `/devices/${other.deviceId}`)).status, 404);
    assert.equal((await one.call('PUT', `/devices/${other.deviceId}`, { display_name: 'mine' })).status, 404);
  });

  test('that are new are told of', async () => {
    const user = await server.user('fresh');
    changed.length = 0;
    await addDevice('fresh', 'NEW');
    assert.deepEqual(changed, [{ userId: user.userId, deviceIds: ['NEW'] }]);
    await addDevice('fresh', 'NEW');
    assert.equal(changed.length, 1);
  });

  test('get another name, of which is told too', async () => {
    const user = await server.user('rename');
    changed.length = 0;
    const { status, body } = await user.call('PUT', `/devices/${user.deviceId}`, { display_name: 'Fernseher' });
    assert.equal(status, 200);
    assert.deepEqual(body, {});
    assert.equal((await user.call('GET', `/devices/${user.deviceId}`)).body.display_name, 'Fernseher');
    assert.deepEqual(changed, [{ userId: user.userId, deviceIds: [user.deviceId] }]);
    assert.equal((await user.call('PUT', `/devices/${user.deviceId}`, {})).status, 200);
    assert.equal((await user.call('GET', `/devices/${user.deviceId}`)).body.display_name, 'Fernseher');
    const unknown = await user.call('PUT', '/devices/nonsense', { display_name: 'x' });
    assert.equal(unknown.status, 404);
    assert.deepEqual(unknown.body, NOT_FOUND);
    const long = await user.call('PUT', `/devices/${user.deviceId}`, { display_name: 'x'.repeat(101) });
    assert.equal(long.status, 400);
    assert.equal(long.body.errcode, 'M_TOO_LARGE');
    const wrong = await user.call('PUT', `/devices/${user.deviceId}`, { display_name: 5 });
    assert.equal(wrong.body.errcode, 'M_BAD_JSON');
  });

  test('are deleted once the user has proved to be the user', async () => {
    const user = await server.user('del');
    const token = await addDevice('del', 'GONE');
    const withoutBody = await user.call('DELETE', '/devices/GONE');
    assert.equal(withoutBody.status, 401);
    const asked = await user.call('DELETE', '/devices/GONE', {});
    assert.equal(asked.status, 401);
    assert.deepEqual(asked.body.flows, [{ stages: ['m.login.password'] }]);
    assert.deepEqual(asked.body.params, {});
    assert.deepEqual(asked.body.completed, []);
    const wrong = await user.call('DELETE', '/devices/GONE', { auth: { ...password('del'), password: 'cashewnuts' } });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.body.errcode, 'M_FORBIDDEN');
    assert.equal(wrong.body.error, 'Invalid username or password');
    assert.deepEqual(wrong.body.flows, asked.body.flows);
    assert.ok(wrong.body.session);
    changed.length = 0;
    const done = await user.call('DELETE', '/devices/GONE', { auth: password('del') });
    assert.equal(done.status, 200);
    assert.deepEqual(done.body, {});
    assert.deepEqual(changed, [{ userId: user.userId, deviceIds: ['GONE'] }]);
    assert.equal((await user.call('GET', '/devices/GONE')).status, 404);
    const gone = await server.call('GET', '/devices', undefined, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(gone.body.errcode, 'M_UNKNOWN_TOKEN');
    assert.equal((await user.call('DELETE', '/devices/GONE', { auth: password('del') })).status, 200, 'again');
  });

  test('are not deleted with the password of somebody else', async () => {
    const alice = await server.user('alice');
    await server.user('eve');
    await addDevice('alice', 'KEPT');
    const answer = await alice.call('DELETE', '/devices/KEPT', { auth: password('eve') });
    assert.equal(answer.status, 403);
    assert.equal(answer.body.errcode, 'M_FORBIDDEN');
    assert.equal((await alice.call('GET', '/devices/KEPT')).status, 200);
  });

  test('are not deleted by an authentication for another one', async () => {
    const user = await server.user('swap');
    await addDevice('swap', 'FIRST');
    await addDevice('swap', 'SECOND');
    const { session } = (await user.call('DELETE', '/devices/FIRST', {})).body;
    const auth = { ...password('swap'), session };
    const { status, body } = await user.call('DELETE', '/devices/SECOND', { auth });
    assert.equal(status, 403);
    assert.equal(body.errcode, 'M_FORBIDDEN');
    assert.equal((await user.call('GET', '/devices/SECOND')).status, 200);
    assert.equal((await user.call('DELETE', '/devices/FIRST', { auth })).status, 200);
  });

  test('are not deleted by an authentication of somebody else', async () => {
    const [one, other] = [await server.user('ses1'), await server.user('ses2')];
    const { session } = (await one.call('POST', '/delete_devices', { devices: ['X'] })).body;
    const answer = await other.call('POST', '/delete_devices', {
      devices: ['X'],
      auth: { ...password('ses2'), session },
    });
    assert.equal(answer.status, 403);
  });

  test('are deleted in numbers, with what other modules keep of them', async () => {
    const user = await server.user('many');
    for (const id of ['D1', 'D2', 'D3']) await addDevice('many', id);
    const waits = `SELECT count(*) AS n FROM to_device_messages WHERE user_id = '@many:localhost'`;
    await server.ctx.writers.toDevice.send({
      sender: user.userId,
      type: 'm.test',
      messages: { [user.userId]: { D1: {}, D2: {} } },
    });
    assert.deepEqual(await server.ctx.db.query(waits), [{ n: 2 }]);
    const cleaned: unknown[] = [];
    const cleanup = async (_tx: unknown, userId: string, deviceIds: string[]) => {
      cleaned.push([userId, deviceIds.toSorted()]);
    };
    deviceCleanups.push(cleanup);
    try {
      const devices = ['D1', 'D3', 'D3', 'unknown', 'nu\0l'];
      const answer = await user.call('POST', '/delete_devices', { devices, auth: password('many') });
      assert.equal(answer.status, 200);
    } finally {
      deviceCleanups.splice(deviceCleanups.indexOf(cleanup), 1);
    }
    assert.deepEqual(cleaned, [[user.userId, ['D1', 'D3']]]);
    assert.deepEqual(await server.ctx.db.query(waits), [{ n: 1 }]);
    assert.deepEqual(await idsOf(user), [user.deviceId, 'D2']);
    const missing = await user.call('POST', '/delete_devices', { auth: password('many') });
    assert.equal(missing.body.errcode, 'M_MISSING_PARAM');
  });

  test('stay whole when a module fails to clean up', async () => {
    const user = await server.user('fails');
    await addDevice('fails', 'STAYS');
    const cleanup = async () => {
      throw new Error('no');
    };
    deviceCleanups.push(cleanup);
    try {
      const answer = await user.call('DELETE', '/devices/STAYS', { auth: password('fails') });
      assert.ok(answer.status >= 400);
    } finally {
      deviceCleanups.splice(deviceCleanups.indexOf(cleanup), 1);
    }
    assert.equal((await user.call('GET', '/devices/STAYS')).status, 200);
  });
});
