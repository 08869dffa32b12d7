import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { changeSessions } from '../../lib/domain/accounts/change-sessions.ts';
import { ManualClock } from '../../lib/platform/clock.ts';
import { setRestrictions } from '../../lib/storage/accounts/users.ts';
import { type TestServer, testServer } from '../kit/server.ts';

const LIFETIME_MS = 60_000;
const REFRESH_LIFETIME_MS = 3_600_000;

describe('POST /refresh', () => {
  let server: TestServer;
  let clock: ManualClock;
  let count = 0;
  let first: { access_token: string; refresh_token: string; expires_in_ms: number; user_id: string };

  before(async () => {
    server = await testServer({
      sessions: { accessTokenLifetimeMs: LIFETIME_MS, refreshTokenLifetimeMs: REFRESH_LIFETIME_MS },
    });
    clock = new ManualClock(Date.now());
    server.ctx.clock = clock;
  });
  after(() => server.close());

  beforeEach(async () => {
    const name = `user${++count}`;
    await server.user(name);
    const login = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: name },
      password: `secret-of-${name}`,
      refresh_token: true,
    };
    first = (await server.call('POST', '/login', login)).body;
  });

  const refresh = (token: string) => server.call('POST', '/refresh', { refresh_token: token });
  const whoami = (token: string) =>
    server.call('GET', '/account/whoami', undefined, { headers: { authorization: `Bearer ${token}` } });

  test('gives new tokens; the old ones end when a new one is used', async () => {
    assert.equal(first.expires_in_ms, LIFETIME_MS);
    const { status, body } = await refresh(first.refresh_token);
    assert.equal(status, 200);
    assert.deepEqual(body, { ...body, expires_in_ms: LIFETIME_MS });
    assert.match(body.access_token, /^mya_/);
    assert.match(body.refresh_token, /^myr_/);
    assert.equal((await whoami(first.access_token)).status, 200, 'still good');
    assert.equal((await whoami(body.access_token)).status, 200);
    assert.equal((await whoami(first.access_token)).status, 401, 'ended');
    assert.deepEqual((await refresh(first.refresh_token)).body, {
      errcode: 'M_UNKNOWN_TOKEN',
      error: 'The refresh token is unknown or was used.',
      soft_logout: false,
    });
    assert.equal((await refresh(body.refresh_token)).status, 200);
  });

  test('can be repeated by a client that missed the answer', async () => {
    const missed = (await refresh(first.refresh_token)).body;
    const second = await refresh(first.refresh_token);
    assert.equal(second.status, 200);
    assert.equal((await whoami(missed.access_token)).status, 401);
    assert.equal((await refresh(missed.refresh_token)).status, 401);
    assert.equal((await whoami(second.body.access_token)).status, 200);
  });

  test('ends the token before when the new refresh token is used', async () => {
    const second = (await refresh(first.refresh_token)).body;
    assert.equal((await refresh(second.refresh_token)).status, 200);
    assert.equal((await refresh(first.refresh_token)).status, 401);
    assert.equal((await whoami(first.access_token)).status, 401);
  });

  test('lets one of many win who use the same token at once', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(first.refresh_token)));
    const tokens = answers.map((answer) => answer.body.access_token);
    const good = await Promise.all(tokens.map(async (token) => token && (await whoami(token)).status === 200));
    assert.equal(good.filter(Boolean).length, 1);
  });

  test('is what an expired access token asks for', async () => {
    assert.equal((await whoami(first.access_token)).status, 200);
    await clock.advance(LIFETIME_MS);
    const { status, body } = await whoami(first.access_token);
    assert.equal(status, 401);
    assert.deepEqual(body, {
      errcode: 'M_UNKNOWN_TOKEN',
      error: 'The access token has expired.',
      soft_logout: true,
    });
    const { body: second } = await refresh(first.refresh_token);
    assert.equal((await whoami(second.access_token)).status, 200);
  });

  test('ends with the refresh token itself', async () => {
    await clock.advance(REFRESH_LIFETIME_MS);
    assert.deepEqual((await refresh(first.refresh_token)).body, {
      errcode: 'M_UNKNOWN_TOKEN',
      error: 'The refresh token has expired.',
      soft_logout: true,
    });
  });

  test('stays on the device, and ends with it', async () => {
    const second = (await refresh(first.refresh_token)).body;
    const before = (await whoami(second.access_token)).body.device_id;
    const third = (await refresh(second.refresh_token)).body;
    assert.equal((await whoami(third.access_token)).body.device_id, before);
    await server.call('POST', '/logout', {}, { headers: { authorization: `Bearer ${third.access_token}` } });
    assert.equal((await refresh(third.refresh_token)).status, 401);
    const rows = await server.ctx.db.query('SELECT 1 FROM refresh_tokens WHERE user_id = $1', [first.user_id]);
    assert.deepEqual(rows, []);
  });

  test('is refused to a locked user', async () => {
    await changeSessions(server.ctx, first.user_id, (tx) => setRestrictions(tx, first.user_id, { locked: true }));
    const { status, body } = await refresh(first.refresh_token);
    assert.equal(status, 401);
    assert.equal(body.errcode, 'M_USER_LOCKED');
    assert.equal(body.soft_logout, true);
  });

  test('wants a refresh token', async () => {
    assert.equal((await server.call('POST', '/refresh', {})).body.errcode, 'M_MISSING_PARAM');
    assert.equal((await refresh(first.access_token)).status, 401);
  });
});
