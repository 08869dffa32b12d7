import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answer, type TestServer, testServer } from '../kit/server.ts';

const auth = { type: 'm.login.dummy' };

describe('guests', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({ allowGuestAccess: true });
  });
  after(() => server.close());

  const guest = async (body: unknown = {}) => (await server.call('POST', '/register?kind=guest', body)).body;
  const as = (token: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    server.call(method, path, body, { headers: { authorization: `Bearer ${token}` } });

  test('come in without an account', async () => {
    const body = await guest();
    assert.match(body.user_id, /^@\d+:localhost$/);
    const { body: who } = await as(body.access_token, 'GET', '/account/whoami');
    assert.deepEqual(who, { user_id: body.user_id, device_id: body.device_id, is_guest: true });
  });

  test('choose the name of their device and nothing else', async () => {
    const body = await guest({ device_id: 'CHOSEN', username: 'chosen', initial_device_display_name: 'Phone' });
    assert.notEqual(body.device_id, 'CHOSEN');
    assert.match(body.user_id, /^@\d+:/);
    const { body: device } = await as(body.access_token, 'GET', `/devices/${body.device_id}`);
    assert.equal(device.display_name, 'Phone');
  });

  test('may not do what users do', async () => {
    const { access_token: token } = await guest();
    for (const [method, path] of [
      ['POST', '/delete_devices'],
      ['POST', '/account/password'],
      ['POST', '/account/deactivate'],
      ['GET', '/account/3pid'],
    ] as const) {
      const answer = await as(token, method, path, method === 'POST' ? { devices: [], new_password: 'x' } : undefined);
      assert.equal(answer.status, 403, path);
      assert.equal(answer.body.errcode, 'M_GUEST_ACCESS_FORBIDDEN');
    }
  });

  test('may log out', async () => {
    const { access_token: token } = await guest();
    assert.equal((await as(token, 'POST', '/logout', {})).status, 200);
    assert.equal((await as(token, 'GET', '/account/whoami')).body.errcode, 'M_UNKNOWN_TOKEN');
  });

  test('can become users and keep their id', async () => {
    const { user_id: userId, access_token } = await guest();
    const username = userId.slice(1, userId.indexOf(':'));
    const request = { username, password: 'SIR_Arthur_David', guest_access_token: access_token };
    assert.equal((await server.call('POST', '/register', request)).status, 401);
    const { status, body } = await server.call('POST', '/register', { ...request, auth });
    assert.equal(status, 200);
    assert.equal(body.user_id, userId);
    assert.equal((await as(body.access_token, 'GET', '/account/whoami')).body.is_guest, false);
    assert.equal((await as(access_token, 'GET', '/account/whoami')).body.is_guest, false);
    const identifier = { type: 'm.id.user', user: username };
    const login = { type: 'm.login.password', identifier, password: 'SIR_Arthur_David' };
    assert.equal((await server.call('POST', '/login', login)).status, 200);
    const again = await server.call('POST', '/register', { ...request, auth });
    assert.equal(again.status, 403);
  });

  test('cannot become others', async () => {
    const [one, other] = [await guest(), await guest()];
    const username = one.user_id.slice(1, one.user_id.indexOf(':'));
    const request = { username, password: 'x', guest_access_token: other.access_token, auth };
    assert.equal((await server.call('POST', '/register', request)).status, 403);
    const forged = { ...request, guest_access_token: 'mya_forged' };
    assert.equal((await server.call('POST', '/register', forged)).body.errcode, 'M_UNKNOWN_TOKEN');
  });
});
