import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { partDeactivatedUsers } from '../../lib/domain/accounts/deactivate-user.ts';
import { userDeactivations } from '../../lib/domain/accounts/user-hooks.ts';
import { getUser } from '../../lib/storage/accounts/users.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';

const auth = (name: string, password = `secret-of-${name}`) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: name },
  password,
});

let server: TestServer;
before(async () => {
  server = await testServer();
});
after(() => server.close());

const login = async (name: string, password?: string) => server.call('POST', '/login', auth(name, password));
const works = async (token: string) =>
  (await server.call('GET', '/account/whoami', undefined, { headers: { authorization: `Bearer ${token}` } })).status ===
  200;

describe('POST /account/password', () => {
  test('changes the password and ends the other sessions', async () => {
    const user = await server.user('alice');
    const other = (await login('alice')).body.access_token;
    assert.ok(await works(other));
    const asked = await user.call('POST', '/account/password', { new_password: 'new' });
    assert.equal(asked.status, 401);
    const { session } = asked.body;
    const answer = await user.call('POST', '/account/password', {
      new_password: 'new',
      auth: { ...auth('alice'), session },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, {});
    assert.equal((await login('alice')).status, 403);
    assert.equal((await login('alice', 'new')).status, 200);
    assert.ok(await works(user.token));
    assert.ok(!(await works(other)));
  });

  test('keeps the other sessions when asked to', async () => {
    const user = await server.user('bob');
    const other = (await login('bob')).body.access_token;
    const body = { new_password: 'new', logout_devices: false, auth: auth('bob') };
    assert.equal((await user.call('POST', '/account/password', body)).status, 200);
    assert.ok(await works(other));
  });

  test('refuses what it cannot do', async () => {
    const user = await server.user('carl');
    const change = (body: unknown) => user.call('POST', '/account/password', body);
    assert.equal((await change({ auth: auth('carl') })).body.errcode, 'M_MISSING_PARAM');
    assert.equal((await change({ new_password: '', auth: auth('carl') })).body.errcode, 'M_WEAK_PASSWORD');
    assert.equal((await change({ new_password: 5 })).body.errcode, 'M_BAD_JSON');
    const wrong = await change({ new_password: 'new', auth: auth('carl', 'wrong') });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.body.errcode, 'M_FORBIDDEN');
    const nobody = await server.call('POST', '/account/password', { new_password: 'new', auth: auth('carl') });
    assert.equal(nobody.status, 401);
    assert.equal(nobody.body.errcode, 'M_MISSING_TOKEN');
    assert.equal((await login('carl')).status, 200);
  });
});

describe('POST /account/deactivate', () => {
  const deactivate = (user: TestUser, name: string, more: object = {}) =>
    user.call('POST', '/account/deactivate', { auth: auth(name), ...more });

  test('ends the account: sessions, password, addresses, profile; the name stays taken', async () => {
    const user = await server.user('dora');
    await server.ctx.db.query(
      `INSERT INTO user_threepids (medium, address, user_id, validated_ts, added_ts)
       VALUES ('email', 'dora@example.org', '@dora:localhost', 1, 2)`,
    );
    const other = (await login('dora')).body.access_token;
    const { status, body } = await deactivate(user, 'dora');
    assert.equal(status, 200);
    assert.deepEqual(body, { id_server_unbind_result: 'success' });
    assert.ok(!(await works(user.token)) && !(await works(other)));
    const again = await login('dora');
    assert.equal(again.status, 403);
    assert.equal(again.body.errcode, 'M_USER_DEACTIVATED');
    assert.deepEqual(await server.ctx.db.query(`SELECT 1 FROM user_threepids WHERE user_id = '@dora:localhost'`), []);
    assert.deepEqual(await server.ctx.db.query(`SELECT 1 FROM profiles WHERE user_id = '@dora:localhost'`), []);
    const register = { username: 'dora', password: 'x', auth: { type: 'm.login.dummy' } };
    assert.equal((await server.call('POST', '/register', register)).body.errcode, 'M_USER_IN_USE');
    assert.equal((await getUser(server.ctx.db, '@dora:localhost'))?.erased, false);
  });

  test('wants the right password', async () => {
    const user = await server.user('emil');
    const { status, body } = await user.call('POST', '/account/deactivate', { auth: auth('emil', 'wrong') });
    assert.equal(status, 401);
    assert.deepEqual(
      { ...body, session: '' },
      {
        errcode: 'M_FORBIDDEN',
        error: 'Invalid username or password',
        flows: [{ stages: ['m.login.password'] }],
        params: {},
        completed: [],
        session: '',
      },
    );
    assert.ok(await works(user.token));
    assert.equal((await user.call('POST', '/account/deactivate')).status, 401);
  });

  test('leaves rooms and refuses invitations', async () => {
    const [host, user] = [await server.user('host'), await server.user('fred')];
    const joined = await makeRoom(host, { preset: 'public_chat' });
    const invited = await makeRoom(host, { invite: [user.userId] });
    assert.equal((await user.call('POST', `/rooms/${encodeURIComponent(joined)}/join`, {})).status, 200);
    assert.equal((await deactivate(user, 'fred', { erase: true })).status, 200);
    const rows = await server.ctx.db.query<{ room_id: string; membership: string }>(
      `SELECT r.room_id, m.membership FROM memberships m JOIN rooms r USING (room_nid) WHERE m.user_id = $1`,
      [user.userId],
    );
    const left = Object.fromEntries(rows.map((row) => [row.room_id, row.membership]));
    assert.deepEqual(left, { [joined]: 'leave', [invited]: 'leave' });
    assert.equal((await getUser(server.ctx.db, user.userId))?.erased, true);
    assert.deepEqual(await server.ctx.db.query('SELECT 1 FROM pending_partings'), []);
  });

  test('goes on later where it was interrupted', async () => {
    const user = await server.user('gina');
    let failing = true;
    const calls: unknown[] = [];
    const hook = async (_ctx: unknown, whom: { userId: string; erased: boolean }) => {
      calls.push(whom);
      if (failing) throw new Error('not now');
    };
    userDeactivations.push(hook);
    try {
      assert.equal((await deactivate(user, 'gina')).status, 200);
      assert.deepEqual(await server.ctx.db.query('SELECT user_id FROM pending_partings'), [{ user_id: user.userId }]);
      failing = false;
      await partDeactivatedUsers(server.ctx);
      assert.deepEqual(calls, Array(2).fill({ userId: user.userId, erased: false }));
      assert.deepEqual(await server.ctx.db.query('SELECT 1 FROM pending_partings'), []);
    } finally {
      userDeactivations.splice(userDeactivations.indexOf(hook), 1);
    }
  });
});

test('third-party identifiers are listed', async () => {
  const user = await server.user('hans');
  assert.deepEqual((await user.call('GET', '/account/3pid')).body, { threepids: [] });
  await server.ctx.db.query(
    `INSERT INTO user_threepids (medium, address, user_id, validated_ts, added_ts)
     VALUES ('email', 'hans@example.org', '@hans:localhost', 1, 2)`,
  );
  assert.deepEqual((await user.call('GET', '/account/3pid')).body, {
    threepids: [{ medium: 'email', address: 'hans@example.org', validated_at: 1, added_at: 2 }],
  });
});
