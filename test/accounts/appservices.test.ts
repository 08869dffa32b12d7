import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AppserviceDirectory, useAppservices } from '../../lib/domain/accounts/appservices.ts';
import { forbidden } from '../../lib/spec/errors.ts';
import { type TestServer, testServer } from '../kit/server.ts';

const SERVICE = { isGuest: false, isAdmin: false, tokenId: 0, appserviceId: 'irc' };
const isOwn = (userId: string) => userId.startsWith('@_irc_') || userId === '@ircbot:localhost';

const directory: AppserviceDirectory = {
  authenticate(token, { userId, deviceId }) {
    if (token !== 'as_token') return undefined;
    const asUser = userId ?? '@ircbot:localhost';
    if (!isOwn(asUser)) throw forbidden('Not in the namespace.');
    return { ...SERVICE, userId: asUser, deviceId: deviceId ?? null };
  },
  exclusiveOwner: (userId) => (isOwn(userId) ? 'irc' : undefined),
};

describe('application services', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
    for (const ctx of server.contexts) useAppservices(ctx, directory);
  });
  after(() => server.close());

  const asService = (method: string, path: string, body?: unknown) =>
    server.call(method, path, body, { headers: { authorization: 'Bearer as_token' } });
  const register = (username: string) =>
    asService('POST', '/register', { type: 'm.login.application_service', username });

  test('register users of their namespace only', async () => {
    const { status, body } = await register('_irc_bob');
    assert.equal(status, 200);
    assert.equal(body.user_id, '@_irc_bob:localhost');
    assert.equal((await register('_irc_bob')).body.errcode, 'M_USER_IN_USE');
    assert.equal((await register('outside')).body.errcode, 'M_EXCLUSIVE');
    assert.equal((await register('_irc_Ü')).body.errcode, 'M_INVALID_USERNAME');
    const forged = { type: 'm.login.application_service', username: '_irc_eve' };
    assert.equal((await server.call('POST', '/register', forged)).status, 403);
  });

  test('keep their namespace from others', async () => {
    for (const username of ['ircbot', 'IRCbot']) {
      const auth = { type: 'm.login.dummy' };
      const { status, body } = await server.call('POST', '/register', { username, password: 'pw', auth });
      assert.equal(status, 400);
      assert.equal(body.errcode, 'M_EXCLUSIVE');
    }
    assert.equal((await server.call('GET', '/register/available?username=ircbot')).body.errcode, 'M_EXCLUSIVE');
  });

  test('log in as their users', async () => {
    await register('_irc_ann');
    await server.user('human');
    const login = (user: string) =>
      asService('POST', '/login', { type: 'm.login.application_service', identifier: { type: 'm.id.user', user } });
    const { status, body } = await login('_irc_ann');
    assert.equal(status, 200);
    assert.equal(body.user_id, '@_irc_ann:localhost');
    assert.equal((await login('human')).body.errcode, 'M_EXCLUSIVE');
    assert.equal((await login('_irc_nobody')).body.errcode, 'M_FORBIDDEN');
  });

  test('act as their users, with devices that need no proof', async () => {
    await register('_irc_cat');
    const as = '?user_id=@_irc_cat:localhost';
    assert.deepEqual((await asService('GET', `/account/whoami${as}&device_id=D`)).body, {
      user_id: '@_irc_cat:localhost',
      device_id: 'D',
      is_guest: false,
    });
    assert.deepEqual((await asService('GET', '/account/whoami')).body, {
      user_id: '@ircbot:localhost',
      is_guest: false,
    });
    assert.equal((await asService('GET', '/account/whoami?user_id=@human:localhost')).status, 403);
    const made = await asService('PUT', `/devices/BRIDGE${as}`, { display_name: 'Bridge' });
    assert.equal(made.status, 201);
    assert.deepEqual(made.body, {});
    assert.equal((await asService('PUT', `/devices/BRIDGE${as}`, { display_name: 'Bridge 2' })).status, 200);
    assert.equal((await asService('GET', `/devices/BRIDGE${as}`)).body.display_name, 'Bridge 2');
    assert.equal((await asService('DELETE', `/devices/BRIDGE${as}`)).status, 200);
    assert.equal((await asService('GET', `/devices/BRIDGE${as}`)).status, 404);
    assert.deepEqual((await asService('POST', '/logout', {})).body, {});
  });
});
