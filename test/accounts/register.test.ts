import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from '../../lib/platform/clock.ts';
import { type TestServer, testServer } from '../kit/server.ts';

const dummy = { type: 'm.login.dummy' };
const DUMMY_FLOWS = [{ stages: ['m.login.dummy'] }];

describe('POST /register', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const register = (body: unknown, query = '') => server.call('POST', `/register${query}`, body);
  const whoami = async (token: string) => {
    const answer = await server.call('GET', '/account/whoami', undefined, {
      headers: { authorization: `Bearer ${token}` },
    });
    return answer.body;
  };

  test('asks for a stage first', async () => {
    const { status, body } = await register({});
    assert.equal(status, 401);
    assert.match(body.session, /^\w{24}$/);
    assert.deepEqual(body, { flows: DUMMY_FLOWS, params: {}, session: body.session, completed: [] });
  });

  test('makes a user whose token works, in one request', async () => {
    const { status, body } = await register({ username: 'Alice-UP', password: 'pw', auth: dummy });
    assert.equal(status, 200);
    assert.equal(body.user_id, '@alice-up:localhost');
    assert.match(body.device_id, /^[A-Z]{10}$/);
    assert.deepEqual(await whoami(body.access_token), {
      user_id: '@alice-up:localhost',
      device_id: body.device_id,
      is_guest: false,
    });
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'device_id', 'home_server', 'user_id']);
  });

  test('remembers what was sent with the first request, the password by its hash', async () => {
    const first = await register({
      username: 'remember',
      password: 'übers3kr1t',
      device_id: 'xyzzy',
      initial_device_display_name: 'my name',
    });
    const { session } = first.body;
    const [row] = await server.ctx.db.query<{ params: string }>(
      'SELECT params FROM ui_auth_sessions WHERE session_id = $1',
      [session],
    );
    assert.match(row?.params ?? '', /argon2id/);
    assert.doesNotMatch(row?.params ?? '', /s3kr1t/);
    const { status, body } = await register({ auth: { ...dummy, session } });
    assert.equal(status, 200);
    assert.equal(body.user_id, '@remember:localhost');
    assert.equal(body.device_id, 'xyzzy');
    const device = await server.call('GET', '/devices/xyzzy', undefined, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    assert.equal(device.body.display_name, 'my name');
    const login = await server.call('POST', '/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'remember' },
      password: 'übers3kr1t',
    });
    assert.equal(login.status, 200);
  });

  test('answers again for the session that has registered, not for ever', async () => {
    const { session } = (await register({ username: 'twice', password: 'pw' })).body;
    const again = { username: 'twice', password: 'pw', auth: { ...dummy, session } };
    const first = await register(again);
    const second = await register(again);
    assert.equal(second.status, 200);
    assert.equal(second.body.user_id, first.body.user_id);
    assert.notEqual(second.body.access_token, first.body.access_token);
    const { clock } = server.ctx;
    server.ctx.clock = new ManualClock(Date.now() + 3_600_000);
    try {
      assert.equal((await register(again)).status, 403);
    } finally {
      server.ctx.clock = clock;
    }
  });

  test('makes up a name where none is wanted', async () => {
    const { body } = await register({ password: 'pw', auth: dummy });
    assert.match(body.user_id, /^@\d+:localhost$/);
  });

  test('does not log in when told not to', async () => {
    const { status, body } = await register({ username: 'quiet', password: 'pw', inhibit_login: true, auth: dummy });
    assert.equal(status, 200);
    assert.deepEqual(body, { user_id: '@quiet:localhost', home_server: 'localhost' });
  });

  test('gives a refresh token to a client that can use it', async () => {
    const { body } = await register({ username: 'fresh', password: 'pw', refresh_token: true, auth: dummy });
    assert.match(body.refresh_token, /^myr_\w{40}$/);
    assert.equal(body.expires_in_ms, 300_000);
  });

  test('gives the new user a profile', async () => {
    await register({ username: 'named', password: 'pw', auth: dummy });
    const { body } = await server.call('GET', '/profile/@named:localhost');
    assert.equal(body.displayname, 'named');
  });

  test('refuses a name that is taken, before any stage', async () => {
    await register({ username: 'taken', password: 'pw', auth: dummy });
    for (const username of ['taken', 'TAKEN']) {
      const { status, body } = await register({ username, password: 'pw' });
      assert.equal(status, 400);
      assert.deepEqual(body, { errcode: 'M_USER_IN_USE', error: 'User ID already taken.' });
    }
  });

  test('lets one of many win who want the same name at once', async () => {
    const tries = Array.from({ length: 8 }, () => register({ username: 'race', password: 'pw', auth: dummy }));
    const statuses = (await Promise.all(tries)).map((answer) => answer.status).sort();
    assert.deepEqual(statuses, [200, 400, 400, 400, 400, 400, 400, 400]);
  });

  for (const username of ['!', '"', ':', '?', '\\', '@', '[', ']', '{', '|', '}', '£', 'é', '\n', "'"]) {
    test(`refuses ${JSON.stringify(username)} in a name`, async () => {
      const { status, body } = await register({ username: `chr${username}`, password: 'pw' });
      assert.equal(status, 400);
      assert.equal(body.errcode, 'M_INVALID_USERNAME');
    });
  }

  test('refuses names of digits, with an underscore in front, empty or too long', async () => {
    for (const username of ['123', '_irc', '', 'a'.repeat(250)]) {
      const { status, body } = await register({ username, password: 'pw', auth: dummy });
      assert.equal(status, 400, username);
      assert.equal(body.errcode, 'M_INVALID_USERNAME');
    }
  });

  test('takes every other character of the grammar', async () => {
    for (const char of 'q3._=-/+') {
      const { body } = await register({ username: `chr${char}`, password: 'pw', auth: dummy });
      assert.equal(body.user_id, `@chr${char}:localhost`);
    }
  });

  test('wants a password', async () => {
    const { status, body } = await register({ username: 'nopw', auth: dummy });
    assert.equal(status, 400);
    assert.equal(body.errcode, 'M_MISSING_PARAM');
    const empty = await register({ username: 'nopw', password: '', auth: dummy });
    assert.equal(empty.body.errcode, 'M_WEAK_PASSWORD');
    const long = await register({ username: 'nopw', password: 'x'.repeat(513), auth: dummy });
    assert.equal(long.status, 400);
    assert.equal(long.body.errcode, 'M_INVALID_PARAM');
  });

  test('refuses bodies of a wrong form', async () => {
    assert.equal((await register('{')).body.errcode, 'M_NOT_JSON');
    assert.equal((await register([])).body.errcode, 'M_BAD_JSON');
    assert.equal((await register({ username: 5 })).body.errcode, 'M_BAD_JSON');
    assert.equal((await register({ auth: 'dummy' })).body.errcode, 'M_BAD_JSON');
    assert.equal((await register({}, '?kind=king')).body.errcode, 'M_INVALID_PARAM');
  });

  test('refuses a stage that there is not, and a session that there is not', async () => {
    const stage = await register({ username: 'x1', password: 'pw', auth: { type: 'm.login.magic' } });
    assert.equal(stage.status, 401);
    assert.equal(stage.body.errcode, 'M_UNRECOGNIZED');
    assert.deepEqual(stage.body.flows, DUMMY_FLOWS);
    const session = await register({ username: 'x1', password: 'pw', auth: { ...dummy, session: 'nonsense' } });
    assert.equal(session.status, 400);
    assert.equal(session.body.errcode, 'M_UNKNOWN');
  });

  test('says which names are available', async () => {
    await register({ username: 'busy', password: 'pw', auth: dummy });
    const ask = async (name: string) => (await server.call('GET', `/register/available?username=${name}`)).body;
    assert.deepEqual(await ask('idle'), { available: true });
    assert.equal((await ask('busy')).errcode, 'M_USER_IN_USE');
    assert.equal((await ask('b%C3%BCsy')).errcode, 'M_INVALID_USERNAME');
    assert.equal((await server.call('GET', '/register/available')).body.errcode, 'M_MISSING_PARAM');
  });
});

describe('registration that is closed', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({ enableRegistration: false, allowGuestAccess: false });
  });
  after(() => server.close());

  test('is refused in all its forms', async () => {
    for (const [method, path] of [
      ['POST', '/register'],
      ['POST', '/register?kind=guest'],
      ['GET', '/register/available?username=x'],
      ['GET', '/_matrix/client/v1/register/m.login.registration_token/validity?token=x'],
    ] as const) {
      const { status, body } = await server.call(method, path, method === 'POST' ? {} : undefined);
      assert.equal(status, 403, path);
      assert.equal(body.errcode, 'M_FORBIDDEN');
    }
  });
});

describe('rate limits of registration', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({
      allowGuestAccess: true,
      rateLimits: { registration: { perSecond: 0.001, burstCount: 3 } },
    });
  });
  after(() => server.close());

  test('count accounts, not stages', async () => {
    const { session } = (await server.call('POST', '/register', { username: 'a1', password: 'pw' })).body;
    const second = { username: 'a1', password: 'pw', auth: { ...dummy, session } };
    assert.equal((await server.call('POST', '/register', second)).status, 200);
    assert.equal((await server.call('POST', '/register?kind=guest', {})).status, 200);
    assert.equal((await server.call('POST', '/register', {})).status, 401);
    const { status, body, headers } = await server.call('POST', '/register', {});
    assert.equal(status, 429);
    assert.equal(body.errcode, 'M_LIMIT_EXCEEDED');
    assert.ok(body.retry_after_ms > 1_000);
    assert.equal(headers.get('retry-after'), String(Math.ceil(body.retry_after_ms / 1_000)));
  });
});
