import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { pusherBody } from './gateway.ts';

const URL = 'https://push.example.org/_matrix/push/v1/notify';

describe('pushers', () => {
  let server: TestServer;
  let alice: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
  });
  after(() => server.close());

  const listOf = async (user: TestUser) => (await user.call('GET', '/pushers')).body.pushers;

  test('are listed as they were set, changed in place, and removed', async () => {
    const user = await server.user('lister');
    assert.deepEqual(await listOf(user), []);
    const set = await user.call('POST', '/pushers/set', pusherBody(URL, { profile_tag: 'tag' }));
    assert.equal(set.status, 200, JSON.stringify(set.body));
    assert.deepEqual(await listOf(user), [
      {
        kind: 'http',
        app_id: 'org.example.app',
        pushkey: 'key',
        app_display_name: 'App',
        device_display_name: 'Phone',
        profile_tag: 'tag',
        lang: 'en',
        data: { url: URL, extra: 'kept' },
        'org.matrix.msc3881.enabled': true,
        'org.matrix.msc3881.device_id': user.deviceId,
      },
    ]);
    await user.call('POST', '/pushers/set', pusherBody(URL, { lang: 'de', 'org.matrix.msc3881.enabled': false }));
    const [changed, ...others] = await listOf(user);
    assert.equal(others.length, 0);
    assert.equal(changed.lang, 'de');
    assert.equal(changed['org.matrix.msc3881.enabled'], false);
    const gone = await user.call('POST', '/pushers/set', { kind: null, app_id: 'org.example.app', pushkey: 'key' });
    assert.equal(gone.status, 200);
    assert.deepEqual(await listOf(user), []);
  });

  const wrong: [string, Record<string, unknown>, string][] = [
    ['an app id too long', { app_id: 'a'.repeat(65) }, 'M_INVALID_PARAM'],
    ['a pushkey too long', { pushkey: 'é'.repeat(257) }, 'M_INVALID_PARAM'],
    ['another path', { data: { url: 'https://push.example.org/notify' } }, 'M_INVALID_PARAM'],
    ['no TLS', { data: { url: 'http://push.example.org/_matrix/push/v1/notify' } }, 'M_INVALID_PARAM'],
    ['no URL at all', { data: {} }, 'M_MISSING_PARAM'],
    ['an unknown kind', { kind: 'pigeon' }, 'M_INVALID_PARAM'],
    ['no language', { lang: undefined }, 'M_MISSING_PARAM'],
    ['an address of nobody', { kind: 'email', pushkey: 'x@example.org' }, 'M_THREEPID_NOT_FOUND'],
  ];
  for (const [what, change, errcode] of wrong) {
    test(`${what} is refused`, async () => {
      const answer = await alice.call('POST', '/pushers/set', pusherBody(URL, change));
      assert.equal(answer.status, 400);
      assert.equal(answer.body.errcode, errcode);
    });
  }

  test('change hands with the device unless appended', async () => {
    const [one, two] = [await server.user('one'), await server.user('two')];
    const body = (more = {}) => pusherBody(URL, { pushkey: 'shared', ...more });
    await one.call('POST', '/pushers/set', body());
    await two.call('POST', '/pushers/set', body({ append: true }));
    assert.equal((await listOf(one)).length, 1);
    await two.call('POST', '/pushers/set', body());
    assert.equal((await listOf(one)).length, 0);
    assert.equal((await listOf(two)).length, 1);
  });

  test('go with the session that made them, and stay through a change of password', async () => {
    const user = await server.user('session');
    const login = await server.call('POST', '/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'session' },
      password: 'secret-of-session',
    });
    const other = { authorization: `Bearer ${login.body.access_token}` };
    await server.call('POST', '/pushers/set', pusherBody(URL, { pushkey: 'theirs' }), { headers: other });
    await user.call('POST', '/pushers/set', pusherBody(URL, { pushkey: 'own' }));
    const auth = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'session' },
      password: 'secret-of-session',
    };
    const changed = await user.call('POST', '/account/password', { new_password: 'another secret', auth });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.deepEqual(
      (await listOf(user)).map((p: { pushkey: string }) => p.pushkey),
      ['own'],
    );
    await user.call('POST', '/logout', {});
    assert.equal((await server.ctx.db.query(`SELECT 1 FROM pushers WHERE user_id = '@session:localhost'`)).length, 0);
  });
});
