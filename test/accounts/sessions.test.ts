import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { authenticate } from '../../lib/domain/accounts/authenticate.ts';
import { changeSessions } from '../../lib/domain/accounts/change-sessions.ts';
import { lastSeenOf } from '../../lib/domain/accounts/last-seen.ts';
import type { Context } from '../../lib/domain/context.ts';
import { InProcessBus } from '../../lib/platform/adapters/in-process-bus.ts';
import { getDevice } from '../../lib/storage/accounts/devices.ts';
import { setRestrictions } from '../../lib/storage/accounts/users.ts';
import { cachesStream } from '../../lib/streams/caches-stream.ts';
import { StreamHub } from '../../lib/streams/hub.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';

const options = { ip: '192.0.2.1', userAgent: 'test', allowLocked: false, allowSuspended: true };
const UNKNOWN = { errcode: 'M_UNKNOWN_TOKEN', error: 'Unrecognised access token.', soft_logout: false };

let server: TestServer;
before(async () => {
  server = await testServer();
});
after(() => server.close());

const loginAgain = async (user: TestUser, name: string): Promise<string> => {
  const { body } = await server.call('POST', '/login', {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: user.userId },
    password: `secret-of-${name}`,
  });
  return body.access_token;
};
const whoami = (token: string) =>
  server.call('GET', '/account/whoami', undefined, { headers: { authorization: `Bearer ${token}` } });

/** Another process on the same database: its own streams, the same bus or none. */
async function otherProcess(bus: Context['bus'] | undefined): Promise<Context & { close(): Promise<void> }> {
  const streams = new StreamHub(server.ctx.db, bus ?? new InProcessBus(() => {}), { silenceMs: 50 });
  await streams.follow([cachesStream]);
  return { ...server.ctx, streams, close: () => streams.close() };
}

describe('access tokens', () => {
  test('are taken from the header and the query', async () => {
    const alice = await server.user('alice');
    const wanted = { user_id: '@alice:localhost', device_id: alice.deviceId, is_guest: false };
    assert.deepEqual((await whoami(alice.token)).body, wanted);
    const byQuery = await server.call('GET', `/account/whoami?access_token=${alice.token}`);
    assert.deepEqual(byQuery.body, wanted);
  });

  test('that are missing or forged are refused', async () => {
    assert.deepEqual(await server.call('POST', '/logout', {}).then((a) => [a.status, a.body.errcode]), [
      401,
      'M_MISSING_TOKEN',
    ]);
    for (const token of ['an/invalid/token', `mya_${'x'.repeat(40)}`, 'x'.repeat(5_000)]) {
      const { status, body } = await whoami(token);
      assert.equal(status, 401);
      assert.deepEqual(body, UNKNOWN);
    }
  });

  test('cost microseconds once they are known, where they are kept', async () => {
    const { token } = await server.user('hot');
    const ctx = server.contexts.find((one) => one.streams.follows('caches')) ?? server.ctx;
    for (let i = 0; i < 3; i++) await authenticate(ctx, token, options);
    const rounds = 5_000;
    const started = performance.now();
    for (let i = 0; i < rounds; i++) await authenticate(ctx, token, options);
    const each = ((performance.now() - started) * 1_000) / rounds;
    assert.ok(each < 200, `${each} microseconds`);
  });
});

describe('logging out', () => {
  test('ends the session at once, and its device, and no other', async () => {
    const user = await server.user('out');
    const other = await loginAgain(user, 'out');
    for (let i = 0; i < 3; i++) assert.equal((await whoami(user.token)).status, 200);
    assert.deepEqual((await user.call('POST', '/logout', {})).body, {});
    const { status, body } = await whoami(user.token);
    assert.equal(status, 401);
    assert.deepEqual(body, UNKNOWN);
    const { body: list } = await server.call('GET', '/devices', undefined, {
      headers: { authorization: `Bearer ${other}` },
    });
    assert.equal(list.devices.length, 1);
    assert.notEqual(list.devices[0].device_id, user.deviceId);
  });

  test('everywhere ends all', async () => {
    const user = await server.user('outall');
    const other = await loginAgain(user, 'outall');
    assert.equal((await whoami(other)).status, 200);
    assert.equal((await user.call('POST', '/logout/all', {})).status, 200);
    assert.equal((await whoami(user.token)).status, 401);
    assert.equal((await whoami(other)).status, 401);
    const devices = await server.ctx.db.query(`SELECT 1 FROM devices WHERE user_id = '@outall:localhost'`);
    assert.deepEqual(devices, []);
  });

  test('is possible for a locked user, and nothing else', async () => {
    const user = await server.user('lock');
    assert.equal((await whoami(user.token)).status, 200);
    await changeSessions(server.ctx, user.userId, (tx) => setRestrictions(tx, user.userId, { locked: true }));
    const { status, body } = await whoami(user.token);
    assert.equal(status, 401);
    assert.deepEqual(body, { errcode: 'M_USER_LOCKED', error: 'This account has been locked.', soft_logout: true });
    assert.equal((await user.call('POST', '/logout', {})).status, 200);
  });

  for (const way of ['the bus', 'the database, when the bus is silent'] as const) {
    test(`reaches other processes by ${way}`, async () => {
      const name = `far${way.length}`;
      const user = await server.user(name);
      const other = await otherProcess(way === 'the bus' ? server.ctx.bus : undefined);
      try {
        for (let i = 0; i < 3; i++) await authenticate(other, user.token, options);
        await user.call('POST', '/logout', {});
        const deadline = Date.now() + 5_000;
        for (;;) {
          const known = await authenticate(other, user.token, options).then(
            () => true,
            () => false,
          );
          if (!known) break;
          assert.ok(Date.now() < deadline, 'the other process still takes the token');
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      } finally {
        await other.close();
      }
    });
  }

  test('is not undone by a request that was under way', async () => {
    const user = await server.user('underway');
    const ended = Promise.all(Array.from({ length: 20 }, () => whoami(user.token)));
    await user.call('POST', '/logout', {});
    await ended;
    assert.equal((await whoami(user.token)).status, 401);
  });
});

test('a suspended user is refused where it says so', async () => {
  const user = await server.user('suspended');
  await changeSessions(server.ctx, user.userId, (tx) => setRestrictions(tx, user.userId, { suspended: true }));
  assert.equal((await whoami(user.token)).status, 200);
  await assert.rejects(authenticate(server.ctx, user.token, { ...options, allowSuspended: false }), {
    status: 403,
    errcode: 'M_USER_SUSPENDED',
  });
});

test('devices are noted when they are seen', async () => {
  const user = await server.user('seen');
  await server.fetch('/_matrix/client/v3/account/whoami', {
    headers: { authorization: `Bearer ${user.token}`, 'user-agent': `Phone ${'x'.repeat(600)}` },
    ip: '192.0.2.77',
  });
  await lastSeenOf(server.ctx).flush();
  const device = await getDevice(server.ctx.db, user.userId, user.deviceId);
  assert.equal(device?.lastSeenIp, '192.0.2.77');
  assert.equal(device?.lastSeenUserAgent?.length, 500);
  assert.ok(Math.abs((device?.lastSeenTs ?? 0) - Date.now()) < 10_000);
  await server.fetch('/_matrix/client/v3/account/whoami', {
    headers: { authorization: `Bearer ${user.token}` },
    ip: '192.0.2.78',
  });
  await lastSeenOf(server.ctx).flush();
  const later = await getDevice(server.ctx.db, user.userId, user.deviceId);
  assert.equal(later?.lastSeenIp, '192.0.2.77', 'once a minute');
});

test('a reader that was away for too long is told to forget everything', async () => {
  const { db } = server.ctx;
  const before = await cachesStream.currentPosition(db);
  for (let i = 0; i < 3; i++) await changeSessions(server.ctx, `@x${i}:localhost`, async () => {});
  const all = await cachesStream.readBetween(db, before, before + 3, 100);
  assert.deepEqual(
    all.rows.map((row) => [row.position - before, row.kind, row.key]),
    [0, 1, 2].map((i) => [i + 1, 'sessions', `@x${i}:localhost`]),
  );
  await db.query('DELETE FROM cache_changes WHERE position <= $1', [before + 1]);
  const { rows } = await cachesStream.readBetween(db, before, before + 3, 100);
  assert.deepEqual([rows[0]?.kind, rows.length], ['*', 3]);
});
