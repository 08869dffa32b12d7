import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from '../../lib/platform/clock.ts';
import { getUser } from '../../lib/storage/accounts/users.ts';
import { type TestServer, testServer } from '../kit/server.ts';

const PATH = '/_synapse/admin/v1/register';

describe('shared-secret registration', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({ enableRegistration: false });
  });
  after(() => server.close());

  const macOf = (parts: string[], secret = 'reg_secret') =>
    createHmac('sha1', secret).update(parts.join('\0')).digest('hex');
  const nonceOf = async (): Promise<string> => (await server.call('GET', PATH)).body.nonce;
  const register = async (username: string, more: Record<string, unknown> = {}) => {
    const nonce = await nonceOf();
    const admin = more['admin'] === true;
    const userType = more['user_type'] as string | undefined;
    const mac = macOf([nonce, username, 'pw', admin ? 'admin' : 'notadmin', ...(userType ? [userType] : [])]);
    return server.call('POST', PATH, { nonce, username, password: 'pw', mac, ...more });
  };

  test('makes users and administrators, though registration is closed', async () => {
    const { status, body } = await register('Anna');
    assert.equal(status, 200);
    assert.equal(body.user_id, '@anna:localhost');
    assert.equal(body.home_server, 'localhost');
    assert.ok(body.access_token && body.device_id);
    assert.equal((await getUser(server.ctx.db, '@anna:localhost'))?.isAdmin, false);
    await register('root', { admin: true, displayname: 'The Boss' });
    assert.equal((await getUser(server.ctx.db, '@root:localhost'))?.isAdmin, true);
    const profile = await server.call('GET', '/profile/@root:localhost');
    assert.equal(profile.body.displayname, 'The Boss');
    await register('robo', { admin: false, user_type: 'bot' });
    assert.equal((await getUser(server.ctx.db, '@robo:localhost'))?.userType, 'bot');
  });

  test('takes a nonce once', async () => {
    const nonce = await nonceOf();
    const body = (username: string) => ({
      nonce,
      username,
      password: 'pw',
      mac: macOf([nonce, username, 'pw', 'notadmin']),
    });
    assert.equal((await server.call('POST', PATH, body('once'))).status, 200);
    const second = await server.call('POST', PATH, body('more'));
    assert.equal(second.status, 400);
    assert.deepEqual(second.body, { errcode: 'M_UNKNOWN', error: 'unrecognised nonce' });
  });

  test('takes its own nonces, for a minute', async () => {
    const nonce = await nonceOf();
    const forged = [`${nonce}0`, nonce.replace(/^\d/, '9'), 'nonsense', ''];
    for (const wrong of forged) {
      const mac = macOf([wrong, 'late', 'pw', 'notadmin']);
      const answer = await server.call('POST', PATH, { nonce: wrong, username: 'late', password: 'pw', mac });
      assert.equal(answer.body.error, 'unrecognised nonce', wrong);
    }
    const { clock } = server.ctx;
    server.ctx.clock = new ManualClock(Date.now() + 61_000);
    try {
      const mac = macOf([nonce, 'late', 'pw', 'notadmin']);
      const answer = await server.call('POST', PATH, { nonce, username: 'late', password: 'pw', mac });
      assert.equal(answer.body.error, 'unrecognised nonce');
    } finally {
      server.ctx.clock = clock;
    }
  });

  test('refuses a wrong MAC, and one for something else', async () => {
    const nonce = await nonceOf();
    const base = { nonce, username: 'mallory', password: 'pw' };
    for (const body of [
      { ...base, mac: macOf([nonce, 'mallory', 'pw', 'notadmin'], 'wrong') },
      { ...base, admin: true, mac: macOf([nonce, 'mallory', 'pw', 'notadmin']) },
      { ...base, mac: 'é'.repeat(20) },
      { ...base, mac: '' },
    ]) {
      const { status, body: answer } = await server.call('POST', PATH, body);
      assert.equal(status, 403);
      assert.deepEqual(answer, { errcode: 'M_FORBIDDEN', error: 'HMAC incorrect' });
    }
  });

  test('refuses what cannot be a user', async () => {
    assert.equal((await register('us,er')).body.errcode, 'M_INVALID_USERNAME');
    assert.equal((await register('')).body.error, 'Invalid username');
    assert.equal((await register('typed', { user_type: 'king' })).body.error, 'Invalid user type');
    await register('there');
    assert.equal((await register('there')).body.errcode, 'M_USER_IN_USE');
    assert.equal((await server.call('POST', PATH, { username: 'x' })).body.errcode, 'M_MISSING_PARAM');
  });

  test('is off without a secret', async () => {
    const { registrationSharedSecret } = server.ctx.config;
    server.ctx.config.registrationSharedSecret = undefined;
    try {
      const { status, body } = await server.call('GET', PATH);
      assert.equal(status, 400);
      assert.deepEqual(body, { errcode: 'M_UNKNOWN', error: 'Shared secret registration is not enabled' });
      assert.equal((await register('x')).status, 400);
    } finally {
      server.ctx.config.registrationSharedSecret = registrationSharedSecret;
    }
  });
});
