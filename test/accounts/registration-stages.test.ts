import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { pruneAuthenticationSessions } from '../../lib/domain/accounts/prune.ts';
import { createRegistrationToken } from '../../lib/domain/accounts/registration-token.ts';
import { ManualClock } from '../../lib/platform/clock.ts';
import { type TestServer, testServer } from '../kit/server.ts';

const VALIDITY = '/_matrix/client/v1/register/m.login.registration_token/validity';

describe('registration tokens', () => {
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await testServer({ registrationRequiresToken: true });
  });
  after(() => server.close());

  const register = async (token: unknown, session?: string, username = `t${++count}`) =>
    server.call('POST', '/register', {
      username,
      password: 'pw',
      auth: { type: 'm.login.registration_token', token, session },
    });
  const isValid = async (token: string) => (await server.call('GET', `${VALIDITY}?token=${token}`)).body;

  test('are the one stage, and let their holder register', async () => {
    const asked = await server.call('POST', '/register', { username: 'first', password: 'pw' });
    assert.deepEqual(asked.body.flows, [{ stages: ['m.login.registration_token'] }]);
    const dummy = { username: 'first', password: 'pw', auth: { type: 'm.login.dummy' } };
    const cheat = await server.call('POST', '/register', dummy);
    assert.equal(cheat.status, 401);
    assert.deepEqual(cheat.body.completed, ['m.login.dummy']);
    const token = await createRegistrationToken(server.ctx);
    assert.match(token, /^\w{16}$/);
    assert.deepEqual(await isValid(token), { valid: true });
    const { status, body } = await register(token, asked.body.session, 'first');
    assert.equal(status, 200);
    assert.equal(body.user_id, '@first:localhost');
  });

  test('that are wrong can be tried again', async () => {
    const wrong = await register('nonsense');
    assert.equal(wrong.status, 401);
    assert.equal(wrong.body.errcode, 'M_UNAUTHORIZED');
    assert.deepEqual(wrong.body.completed, []);
    const token = await createRegistrationToken(server.ctx, { token: 'Opaque._~-1' });
    assert.equal((await register(token, wrong.body.session)).status, 200);
    for (const bad of [undefined, 5, 'ümlaut', 'x'.repeat(65)]) assert.equal((await register(bad)).status, 401);
    for (const bad of ['nonsense', '', '%C3%BC']) assert.deepEqual(await isValid(bad), { valid: false });
    assert.equal((await server.call('GET', VALIDITY)).body.errcode, 'M_MISSING_PARAM');
  });

  test('run out, and a session that has not registered yet counts', async () => {
    const token = await createRegistrationToken(server.ctx, { usesAllowed: 2 });
    assert.equal((await register(token)).status, 200);
    // Its name is taken in the meantime: the use is held, the account not made.
    const { session } = (await server.call('POST', '/register', { username: 'waits', password: 'pw' })).body;
    await server.user('waits');
    assert.equal((await register(token, session, 'waits')).body.errcode, 'M_USER_IN_USE');
    assert.equal((await register(token, session, 'waits2')).status, 200);
    assert.equal((await register(token)).status, 401);
    assert.deepEqual(await isValid(token), { valid: false });
  });

  test('give one use to one of many who ask at once', async () => {
    const token = await createRegistrationToken(server.ctx, { usesAllowed: 1 });
    const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await register(token)).status));
    assert.deepEqual(statuses.sort(), [200, 401, 401, 401, 401, 401]);
  });

  test('are given back by sessions that were abandoned', async () => {
    const token = await createRegistrationToken(server.ctx, { usesAllowed: 1 });
    const held = await server.call('POST', '/register', { auth: { type: 'm.login.registration_token', token } });
    assert.equal(held.body.errcode, 'M_MISSING_PARAM');
    assert.deepEqual(await isValid(token), { valid: false });
    await server.ctx.db.query('UPDATE ui_auth_sessions SET created_ts = 1 WHERE registration_token = $1', [token]);
    await pruneAuthenticationSessions(server.ctx);
    assert.deepEqual(await isValid(token), { valid: true });
  });

  test('end', async () => {
    const expiresTs = Date.now() + 60_000;
    const token = await createRegistrationToken(server.ctx, { expiresTs });
    assert.deepEqual(await isValid(token), { valid: true });
    const { clock } = server.ctx;
    server.ctx.clock = new ManualClock(expiresTs);
    try {
      assert.deepEqual(await isValid(token), { valid: false });
      assert.equal((await register(token)).status, 401);
    } finally {
      server.ctx.clock = clock;
    }
  });

  test('have a form, and each its own name', async () => {
    await createRegistrationToken(server.ctx, { token: 'twice' });
    await assert.rejects(createRegistrationToken(server.ctx, { token: 'twice' }), { errcode: 'M_INVALID_PARAM' });
    await assert.rejects(createRegistrationToken(server.ctx, { token: 'no spaces' }), { errcode: 'M_INVALID_PARAM' });
  });
});

describe('captchas', () => {
  let provider: Server;
  let server: TestServer;
  const asked: Record<string, string>[] = [];
  before(async () => {
    provider = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const form = Object.fromEntries(new URLSearchParams(text));
      asked.push(form);
      response.end(JSON.stringify({ success: form['response'] === 'solved' }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => provider.once('listening', resolve));
    const { port } = provider.address() as AddressInfo;
    server = await testServer({
      recaptcha: { publicKey: 'public', privateKey: 'private', siteVerifyUrl: `http://127.0.0.1:${port}/verify` },
      outboundHttp: { allowPrivateAddresses: true },
    });
  });
  after(async () => {
    await server.close();
    provider.close();
  });

  const register = (response: unknown, username: string) =>
    server.call('POST', '/register', { username, password: 'pw', auth: { type: 'm.login.recaptcha', response } });

  test('can be solved even where no flow asks for them', async () => {
    const { status, body } = await register('solved', 'robot');
    assert.equal(status, 401);
    assert.deepEqual(body.completed, ['m.login.recaptcha']);
    assert.deepEqual(body.flows, [{ stages: ['m.login.dummy'] }]);
    assert.deepEqual(asked.at(-1), { secret: 'private', response: 'solved', remoteip: '127.0.0.1' });
  });

  test('are a stage where the configuration says so', async () => {
    server.ctx.config.registrationRequiresCaptcha = true;
    try {
      const first = await server.call('POST', '/register', {});
      assert.deepEqual(first.body.flows, [{ stages: ['m.login.recaptcha'] }]);
      assert.deepEqual(first.body.params, { 'm.login.recaptcha': { public_key: 'public' } });
      const wrong = await register('guessed', 'human');
      assert.equal(wrong.status, 401);
      assert.equal(wrong.body.errcode, 'M_UNAUTHORIZED');
      assert.equal((await register(undefined, 'human')).body.errcode, 'M_CAPTCHA_NEEDED');
      assert.equal((await register('solved', 'human')).status, 200);
    } finally {
      server.ctx.config.registrationRequiresCaptcha = false;
    }
  });

  test('are not solved while their provider is away', async () => {
    const { siteVerifyUrl } = server.ctx.config.recaptcha;
    server.ctx.config.recaptcha.siteVerifyUrl = 'http://127.0.0.1:1/';
    try {
      const { status, body } = await register('solved', 'late');
      assert.equal(status, 401);
      assert.equal(body.errcode, 'M_UNAUTHORIZED');
    } finally {
      server.ctx.config.recaptcha.siteVerifyUrl = siteVerifyUrl;
    }
  });
});
