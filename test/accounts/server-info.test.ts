import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { canonicalJson } from '../../lib/spec/canonical-json.ts';
import { type TestServer, testServer } from '../kit/server.ts';

describe('what the server says of itself', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({
      allowGuestAccess: true,
      publicBaseUrl: 'https://matrix.example.org',
      defaultRoomVersion: '11',
      turn: { uris: ['turn:turn.example.org?transport=udp'], sharedSecret: 'turn secret', lifetimeMs: 7_200_000 },
      wellKnown: { client: { 'org.example.more': { a: 1 } } },
    });
  });
  after(() => server.close());

  test('versions, whatever token comes along', async () => {
    for (const headers of [{ accept: '*/*' }, { authorization: 'Bearer expired' }] as Record<string, string>[]) {
      const { status, body } = await server.call('GET', '/_matrix/client/versions', undefined, { headers });
      assert.equal(status, 200);
      assert.equal(body.versions[0], 'r0.0.1');
      assert.equal(body.versions.at(-1), 'v1.19');
      assert.equal(body.versions.length, 8 + 19);
      assert.deepEqual(
        Object.values(body.unstable_features).filter((value) => value !== true),
        [],
      );
    }
  });

  test('its keys, in the form in which they were signed', async () => {
    const text = await (await server.fetch('/_matrix/key/v2/server', { method: 'GET' })).text();
    assert.equal(text, canonicalJson(JSON.parse(text)));
  });

  test('capabilities, to who has a token', async () => {
    const anonymous = await server.call('GET', '/capabilities');
    assert.equal(anonymous.status, 401);
    assert.equal(anonymous.body.errcode, 'M_MISSING_TOKEN');
    const alice = await server.user('alice');
    const { body } = await alice.call('GET', '/capabilities');
    const { capabilities } = body;
    assert.deepEqual(Object.keys(body), ['capabilities']);
    assert.equal(capabilities['m.room_versions'].default, '11');
    assert.equal(Object.keys(capabilities['m.room_versions'].available).length, 12);
    assert.equal(capabilities['m.room_versions'].available['10'], 'stable');
    assert.deepEqual(capabilities['m.change_password'], { enabled: true });
    assert.deepEqual(capabilities['m.get_login_token'], { enabled: true });
    assert.deepEqual(capabilities['m.set_displayname'], { enabled: true });
    assert.deepEqual(capabilities['m.profile_fields'], { enabled: true });
  });

  test('less of them to a guest', async () => {
    const { access_token } = (await server.call('POST', '/register?kind=guest', {})).body;
    const headers = { authorization: `Bearer ${access_token}` };
    const { body } = await server.call('GET', '/capabilities', undefined, { headers });
    assert.deepEqual(body.capabilities['m.change_password'], { enabled: false });
  });

  test('credentials for calls', async () => {
    const user = await server.user('caller');
    const { body } = await user.call('GET', '/voip/turnServer');
    const [expiry, userId] = body.username.split(/:(.*)/s);
    assert.equal(userId, user.userId);
    assert.ok(Math.abs(Number(expiry) - Date.now() / 1_000 - 7_200) < 10);
    assert.deepEqual(body, {
      username: body.username,
      password: createHmac('sha1', 'turn secret').update(body.username).digest('base64'),
      uris: ['turn:turn.example.org?transport=udp'],
      ttl: 7_200,
    });
  });

  test('where it is found', async () => {
    const get = async (name: string) => (await server.call('GET', `/.well-known/matrix/${name}`)).body;
    assert.deepEqual(await get('client'), {
      'm.homeserver': { base_url: 'https://matrix.example.org/' },
      'org.example.more': { a: 1 },
    });
    assert.deepEqual(await get('server'), { 'm.server': 'matrix.example.org:443' });
    assert.equal((await get('support')).errcode, 'M_NOT_FOUND');
    server.ctx.config.wellKnown.support = { page: 'https://example.org/help', matrixId: '@admin:example.org' };
    assert.deepEqual(await get('support'), {
      contacts: [{ matrix_id: '@admin:example.org', role: 'm.role.admin' }],
      support_page: 'https://example.org/help',
    });
    server.ctx.config.wellKnown.enabled = false;
    for (const name of ['client', 'server', 'support']) assert.equal((await get(name)).errcode, 'M_NOT_FOUND');
  });

  test('that there is no OAuth here', async () => {
    const { status, body } = await server.call('GET', '/_matrix/client/v1/auth_metadata');
    assert.equal(status, 404);
    assert.equal(body.errcode, 'M_UNRECOGNIZED');
  });
});

test('without TURN servers there are no credentials', async () => {
  const server = await testServer();
  try {
    const user = await server.user('quiet');
    assert.deepEqual((await user.call('GET', '/voip/turnServer')).body, {});
  } finally {
    await server.close();
  }
});
