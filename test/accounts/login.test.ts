import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hashPassword } from '../../lib/domain/accounts/password-hash.ts';
import { insertUser, setPasswordHash, setRestrictions } from '../../lib/storage/accounts/users.ts';
import { type TestServer, testServer } from '../kit/server.ts';

const byName = (user: string, password: string, more: object = {}) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user },
  password,
  ...more,
});

describe('POST /login', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
    await server.user('alice');
  });
  after(() => server.close());

  const login = (body: unknown) => server.call('POST', '/login', body);

  test('is described by its flows', async () => {
    const { status, body } = await server.call('GET', '/login');
    assert.equal(status, 200);
    assert.deepEqual(body.flows, [
      { type: 'm.login.password' },
      { type: 'm.login.token', get_login_token: true },
      { type: 'm.login.application_service' },
    ]);
  });

  test('takes a user id, a localpart, other case, and the older forms', async () => {
    const password = 'secret-of-alice';
    for (const body of [
      byName('@alice:localhost', password),
      byName('alice', password),
      byName('ALICE', password),
      byName('@Alice:localhost', password),
      { type: 'm.login.password', user: 'alice', password },
      { type: 'm.login.password', user: '@alice:localhost', password, device_id: null, identifier: null },
    ]) {
      const answer = await login(body);
      assert.equal(answer.status, 200, JSON.stringify(body));
      assert.equal(answer.body.user_id, '@alice:localhost');
      assert.match(answer.body.access_token, /^mya_\w{40}$/);
      assert.equal(answer.body.refresh_token, undefined);
    }
  });

  test('refuses a wrong password and an unknown user in the same words', async () => {
    for (const body of [
      byName('alice', 'wrong'),
      byName('nobody', 'secret-of-alice'),
      byName('@alice:elsewhere', 'secret-of-alice'),
      {
        type: 'm.login.password',
        password: 'x',
        identifier: { type: 'm.id.thirdparty', medium: 'email', address: 'a@b' },
      },
      { type: 'm.login.password', password: 'x', identifier: { type: 'm.id.phone', country: 'GB', phone: '0123' } },
    ]) {
      const answer = await login(body);
      assert.equal(answer.status, 403, JSON.stringify(body));
      assert.deepEqual(answer.body, { errcode: 'M_FORBIDDEN', error: 'Invalid username or password' });
    }
  });

  test('refuses what is no login', async () => {
    const cases: [unknown, string][] = [
      [{}, 'M_MISSING_PARAM'],
      ['nonsense', 'M_NOT_JSON'],
      [{ type: 'm.login.magic' }, 'M_UNKNOWN'],
      [{ type: 'm.login.password', password: 'x' }, 'M_MISSING_PARAM'],
      [{ type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' } }, 'M_MISSING_PARAM'],
      [{ type: 'm.login.password', identifier: { type: 'm.id.user' }, password: 'x' }, 'M_MISSING_PARAM'],
      [{ type: 'm.login.password', identifier: { type: 'm.id.user', user: 5 }, password: 'x' }, 'M_INVALID_PARAM'],
      [{ type: 'm.login.password', identifier: { type: 'm.id.user', user: 'a\0' }, password: 'x' }, 'M_INVALID_PARAM'],
      [{ type: 'm.login.password', identifier: { type: 'm.id.magic' }, password: 'x' }, 'M_UNKNOWN'],
      [{ type: 'm.login.password', identifier: 'alice', password: 'x' }, 'M_BAD_JSON'],
      [byName('alice', 'secret-of-alice', { device_id: '' }), 'M_INVALID_PARAM'],
    ];
    for (const [body, errcode] of cases) {
      const answer = await login(body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.equal(answer.body.errcode, errcode, JSON.stringify(body));
    }
  });

  test('on a device ends what was on it, and keeps its name', async () => {
    const device = { device_id: 'PHONE', initial_device_display_name: 'Phone' };
    const first = (await login(byName('alice', 'secret-of-alice', device))).body;
    const second = (
      await login(byName('alice', 'secret-of-alice', { ...device, initial_device_display_name: 'Other' }))
    ).body;
    assert.equal(first.device_id, 'PHONE');
    const get = (token: string) =>
      server.call('GET', '/devices/PHONE', undefined, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await get(first.access_token)).body.errcode, 'M_UNKNOWN_TOKEN');
    assert.equal((await get(second.access_token)).body.display_name, 'Phone');
  });

  test('needs the exact name where two differ by case only', async () => {
    const passwordHash = await hashPassword('pw', server.ctx.config.passwordHash);
    for (const userId of ['@Twin:localhost', '@twin:localhost']) {
      const rest = { createdTs: 0, passwordHash, isAdmin: false, isGuest: false, userType: null, appserviceId: null };
      await insertUser(server.ctx.db, { userId, ...rest });
    }
    assert.equal((await login(byName('Twin', 'pw'))).body.user_id, '@Twin:localhost');
    assert.equal((await login(byName('twin', 'pw'))).body.user_id, '@twin:localhost');
    assert.equal((await login(byName('TWIN', 'pw'))).status, 403);
  });

  test('finds a user by e-mail address', async () => {
    await server.ctx.db.query(
      `INSERT INTO user_threepids (medium, address, user_id, validated_ts, added_ts)
       VALUES ('email', 'alice@example.org', '@alice:localhost', 1, 2)`,
    );
    const address = 'Alice@Example.org';
    const identifier = { type: 'm.id.thirdparty', medium: 'email', address };
    for (const body of [{ identifier }, { medium: 'email', address }]) {
      const answer = await login({ type: 'm.login.password', password: 'secret-of-alice', ...body });
      assert.equal(answer.body.user_id, '@alice:localhost');
    }
  });

  test('hashes the password anew when the cost has changed', async () => {
    await server.user('rehash');
    await setPasswordHash(
      server.ctx.db,
      '@rehash:localhost',
      await hashPassword('pw', { memoryKiB: 64, passes: 1, parallelism: 1 }),
    );
    assert.equal((await login(byName('rehash', 'pw'))).status, 200);
    const [row] = await server.ctx.db.query<{ password_hash: string }>(
      `SELECT password_hash FROM users WHERE user_id = '@rehash:localhost'`,
    );
    assert.match(row?.password_hash ?? '', /m=1024,/);
    assert.equal((await login(byName('rehash', 'pw'))).status, 200);
  });

  test('refuses a locked user after the password was right only', async () => {
    await server.user('locked');
    await setRestrictions(server.ctx.db, '@locked:localhost', { locked: true });
    const { status, body } = await login(byName('locked', 'secret-of-locked'));
    assert.equal(status, 401);
    assert.deepEqual(body, {
      errcode: 'M_USER_LOCKED',
      error: 'This account has been locked.',
      soft_logout: true,
    });
    assert.equal((await login(byName('locked', 'wrong'))).body.errcode, 'M_FORBIDDEN');
  });

  test('stores tokens by their hash only', async () => {
    const { access_token } = (await login(byName('alice', 'secret-of-alice'))).body;
    const tables = await server.ctx.db.query<{ hash: string }>(
      `SELECT encode(token_hash, 'escape') AS hash FROM access_tokens`,
    );
    assert.ok(tables.length > 0 && tables.every((row) => row.hash !== access_token));
  });
});

describe('login tokens', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({ sessions: { loginTokenLifetimeMs: 60_000 } });
  });
  after(() => server.close());
  const GET_TOKEN = '/_matrix/client/v1/login/get_token';

  test('let another client in, once', async () => {
    const alice = await server.user('alice');
    const asked = await alice.call('POST', GET_TOKEN, {});
    assert.equal(asked.status, 401);
    assert.deepEqual(asked.body.flows, [{ stages: ['m.login.password'] }]);
    const auth = { ...byName('alice', 'secret-of-alice'), session: asked.body.session };
    const { status, body } = await alice.call('POST', GET_TOKEN, { auth });
    assert.equal(status, 200);
    assert.deepEqual(body, { login_token: body.login_token, expires_in_ms: 60_000 });
    const login = { type: 'm.login.token', token: body.login_token };
    const first = await server.call('POST', '/login', login);
    assert.equal(first.status, 200);
    assert.equal(first.body.user_id, '@alice:localhost');
    const second = await server.call('POST', '/login', login);
    assert.equal(second.status, 403);
    assert.equal(second.body.errcode, 'M_FORBIDDEN');
    const again = await alice.call('POST', GET_TOKEN, { auth });
    assert.equal(again.status, 400, 'one authentication is good for one token');
  });

  test('have an older form', async () => {
    const carol = await server.user('carol');
    const path = '/_matrix/client/unstable/org.matrix.msc3882/login/token';
    const { body } = await carol.call('POST', path, { auth: byName('carol', 'secret-of-carol') });
    assert.deepEqual([body.expires_in, body.expires_in_ms], [60, 60_000]);
    const login = await server.call('POST', '/login', { type: 'm.login.token', token: body.login_token });
    assert.equal(login.body.user_id, '@carol:localhost');
  });

  test('end', async () => {
    const bob = await server.user('bob');
    const { body } = await bob.call('POST', GET_TOKEN, { auth: byName('bob', 'secret-of-bob') });
    await server.ctx.db.query('UPDATE login_tokens SET expires_ts = 1');
    const answer = await server.call('POST', '/login', { type: 'm.login.token', token: body.login_token });
    assert.equal(answer.status, 403);
  });

  test('are missed where there should be one', async () => {
    const answer = await server.call('POST', '/login', { type: 'm.login.token' });
    assert.equal(answer.body.errcode, 'M_MISSING_PARAM');
  });
});

describe('rate limits of login', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({ rateLimits: { login: { perSecond: 0.001, burstCount: 4 } } });
    await server.user('alice');
  });
  after(() => server.close());

  test('count by account, wherever the tries come from', async () => {
    const tries: number[] = [];
    for (let i = 0; i < 6; i++) {
      const body = JSON.stringify(byName('alice', `guess ${i}`));
      const response = await server.fetch('/_matrix/client/v3/login', { method: 'POST', body, ip: `192.0.2.${i}` });
      tries.push(response.status);
    }
    assert.deepEqual(tries, [403, 403, 403, 403, 429, 429]);
  });
});
