import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { CERTIFICATE, KEY } from '../adapters/self-signed.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';

describe('bindings at identity servers', () => {
  let server: TestServer;
  let alice: TestUser;
  let idServer: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  const asked: { path: string; authorization: string; body: any }[] = [];
  const identity = createServer({ cert: CERTIFICATE, key: KEY }, (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      asked.push({
        path: request.url ?? '',
        authorization: request.headers.authorization ?? '',
        body: JSON.parse(text),
      });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ medium: 'email', address: 'bound@example.org' }));
    });
  });
  before(async () => {
    await new Promise<void>((resolve) => identity.listen(0, '127.0.0.1', resolve));
    idServer = `127.0.0.1:${(identity.address() as AddressInfo).port}`;
    server = await testServer({ outboundHttp: { allowPrivateAddresses: true, verifyTls: false } });
    alice = await server.user('alice');
  });
  after(async () => {
    await server.close();
    identity.closeAllConnections();
    await new Promise((resolve) => identity.close(resolve));
  });

  const bind = (user: TestUser) =>
    user.call('POST', '/account/3pid/bind', {
      client_secret: 's',
      sid: '1',
      id_server: idServer,
      id_access_token: 'token',
    });

  test('are made with the user’s token there and unmade with this server’s signature', async () => {
    const bound = await bind(alice);
    assert.equal(bound.status, 200, JSON.stringify(bound.body));
    const first = asked.pop();
    assert.equal(first?.path, '/_matrix/identity/v2/3pid/bind');
    assert.equal(first?.authorization, 'Bearer token');
    assert.deepEqual(first?.body, { sid: '1', client_secret: 's', mxid: alice.userId });
    const unbound = await alice.call('POST', '/account/3pid/unbind', { medium: 'email', address: 'bound@example.org' });
    assert.deepEqual(unbound.body, { id_server_unbind_result: 'success' });
    const second = asked.pop();
    assert.equal(second?.path, '/_matrix/identity/v2/3pid/unbind');
    assert.match(
      second?.authorization ?? '',
      /^X-Matrix origin="localhost",destination="127\.0\.0\.1:\d+",key="ed25519:/,
    );
    assert.deepEqual(second?.body, { mxid: alice.userId, threepid: { medium: 'email', address: 'bound@example.org' } });
    const nothing = await alice.call('POST', '/account/3pid/unbind', { medium: 'email', address: 'bound@example.org' });
    assert.deepEqual(nothing.body, { id_server_unbind_result: 'no-support' });
  });

  test('end with the account', async () => {
    const user = await server.user('leaver');
    await bind(user);
    const auth = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'leaver' },
      password: 'secret-of-leaver',
    };
    assert.equal((await user.call('POST', '/account/deactivate', { auth })).status, 200);
    assert.equal(asked.pop()?.path, '/_matrix/identity/v2/3pid/unbind');
  });

  test('an address that is no server, or none that answers, is refused', async () => {
    const body = { client_secret: 's', sid: '1', id_access_token: 'token' };
    const wrong = await alice.call('POST', '/account/3pid/bind', { ...body, id_server: 'a/b' });
    assert.equal(wrong.body.errcode, 'M_INVALID_PARAM');
    const dead = await alice.call('POST', '/account/3pid/bind', { ...body, id_server: '127.0.0.1:1' });
    assert.equal(dead.status, 502);
  });
});
