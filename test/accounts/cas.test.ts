import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { userOfAnswer } from '../../lib/domain/sso/cas.ts';
import { mapToLocalpart } from '../../lib/spec/map-localpart.ts';
import { type TestServer, testServer } from '../kit/server.ts';

const success = (user: string) =>
  `<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationSuccess>
     <cas:user>${user}</cas:user><cas:attributes/></cas:authenticationSuccess></cas:serviceResponse>`;
const failure = `<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">
  <cas:authenticationFailure code="INVALID_TICKET">Ticket <cas:user>eve</cas:user></cas:authenticationFailure></cas:serviceResponse>`;

/** A CAS server that knows whose each ticket is, and for which service. */
async function casServer() {
  const tickets = new Map<string, { service: string; body: string }>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://cas');
    const ticket = tickets.get(url.searchParams.get('ticket') ?? '');
    const fits = url.pathname === '/cas/proxyValidate' && ticket?.service === url.searchParams.get('service');
    response.end(ticket && fits ? ticket.body : failure);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cas`,
    tickets,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('login by CAS', () => {
  let cas: Awaited<ReturnType<typeof casServer>>;
  let server: TestServer;
  before(async () => {
    cas = await casServer();
    server = await testServer({
      publicBaseUrl: 'https://hs.example',
      cas: { serverUrl: cas.url },
      outboundHttp: { allowPrivateAddresses: true },
      sso: { trustedRedirects: ['https://trusted.example/'] },
    });
  });
  after(async () => {
    await server.close();
    await cas.close();
  });

  const get = (uri: string) => server.fetch(uri, { method: 'GET' });
  const serviceOf = (response: Response) =>
    new URL(response.headers.get('location') ?? '').searchParams.get('service') ?? '';
  /** Comes back from the CAS server as somebody. */
  async function comeBack(service: string, user: string, ticket = `t-${user}`) {
    cas.tickets.set(ticket, { service, body: success(user) });
    return get(`${service.replace('https://hs.example', '')}&ticket=${ticket}`);
  }
  async function loginAs(user: string, redirectUrl = 'https://client.example/?p=1%3D#here') {
    const start = await get(`/_matrix/client/v3/login/sso/redirect?${new URLSearchParams({ redirectUrl })}`);
    const page = await (await comeBack(serviceOf(start), user)).text();
    const token = /loginToken=([^"&#]+)/.exec(page)?.[1];
    return { page, login: await server.call('POST', '/login', { type: 'm.login.token', token }) };
  }

  test('is listed with its provider', async () => {
    const { flows } = (await server.call('GET', '/login')).body;
    assert.deepEqual(
      flows.filter((flow: { type: string }) => /sso|cas/.test(flow.type)),
      [{ type: 'm.login.sso', identity_providers: [{ id: 'cas', name: 'CAS' }] }, { type: 'm.login.cas' }],
    );
  });

  test('sends the browser to the CAS server, by each of the paths', async () => {
    for (const path of ['v3/login/sso/redirect', 'r0/login/sso/redirect/cas', 'v3/login/cas/redirect']) {
      const response = await get(`/_matrix/client/${path}?redirectUrl=https%3A%2F%2Fclient.example%2F%3Fa%3Db`);
      assert.equal(response.status, 302);
      const location = new URL(response.headers.get('location') ?? '');
      assert.equal(`${location.origin}${location.pathname}`, `${cas.url}/login`);
      assert.equal(
        location.searchParams.get('service'),
        'https://hs.example/_matrix/client/r0/login/cas/ticket?redirectUrl=https%3A%2F%2Fclient.example%2F%3Fa%3Db',
      );
    }
    assert.equal((await server.call('GET', '/login/sso/redirect')).body.errcode, 'M_MISSING_PARAM');
    assert.equal(
      (await server.call('GET', '/login/sso/redirect/other?redirectUrl=https://x/')).body.errcode,
      'M_NOT_FOUND',
    );
  });

  test('makes an account on the first visit and finds it on the next', async () => {
    const first = await loginAs('Dörte_1');
    assert.equal(first.login.body.user_id, '@d=c3=b6rte_1:localhost');
    assert.match(first.page, /href="https:\/\/client\.example\/\?p=1%3D&#38;loginToken=[^"]+#here"/);
    assert.match(first.page, /<strong>client\.example<\/strong>/);
    assert.equal((await loginAs('Dörte_1')).login.body.user_id, '@d=c3=b6rte_1:localhost');
    const rows = await server.ctx.db.query('SELECT 1 FROM users WHERE user_id LIKE $1', ['@d=c3=b6rte%']);
    assert.equal(rows.length, 1);
  });

  test('returns at once to trusted addresses, and to no script', async () => {
    const start = await get('/_matrix/client/v3/login/sso/redirect?redirectUrl=https%3A%2F%2Ftrusted.example%2Fx');
    const back = await comeBack(serviceOf(start), 'quick');
    assert.equal(back.status, 302);
    assert.match(back.headers.get('location') ?? '', /^https:\/\/trusted\.example\/x\?loginToken=\S+$/);
    const script = await get('/_matrix/client/v3/login/sso/redirect?redirectUrl=javascript%3Aalert(1)');
    assert.equal((await comeBack(serviceOf(script), 'quick', 'other')).status, 400);
  });

  test('refuses tickets that are not good, or are for something else', async () => {
    const path = '/_matrix/client/v3/login/cas/ticket?redirectUrl=https%3A%2F%2Fclient.example%2F';
    assert.equal((await get(`${path}&ticket=none`)).status, 403);
    cas.tickets.set('elsewhere', { service: 'https://other.example/', body: success('eve') });
    assert.equal((await get(`${path}&ticket=elsewhere`)).status, 403);
    assert.equal((await server.call('GET', '/login/cas/ticket?ticket=x')).body.errcode, 'M_MISSING_PARAM');
  });

  test('confirms who asks for a protected operation', async () => {
    const { login } = await loginAs('carol');
    const remove = (auth?: object) =>
      server.call('DELETE', `/devices/${login.body.device_id}`, auth ? { auth } : {}, {
        headers: { authorization: `Bearer ${login.body.access_token}` },
      });
    const asked = await remove();
    assert.deepEqual(asked.body.flows, [{ stages: ['m.login.password'] }, { stages: ['m.login.sso'] }]);
    const { session } = asked.body;
    assert.equal((await remove({ session, type: 'm.login.sso' })).status, 401);
    const fallback = await get(`/_matrix/client/v3/auth/m.login.sso/fallback/web?session=${session}`);
    assert.match(await (await comeBack(serviceOf(fallback), 'carol', 'again')).text(), /authDone/);
    assert.equal((await remove({ session })).status, 200);
  });

  test('does not let another user confirm', async () => {
    const { login } = await loginAs('dave');
    const remove = (auth?: object) =>
      server.call('DELETE', `/devices/${login.body.device_id}`, auth ? { auth } : {}, {
        headers: { authorization: `Bearer ${login.body.access_token}` },
      });
    const { session } = (await remove()).body;
    const fallback = await get(`/_matrix/client/v3/auth/m.login.sso/fallback/web?session=${session}`);
    await comeBack(serviceOf(fallback), 'mallory', 'swap');
    const refused = await remove({ session });
    assert.equal(refused.status, 403);
    assert.equal(refused.body.errcode, 'M_FORBIDDEN');
  });
});

describe('names of CAS users', () => {
  test('are those of a success only', () => {
    assert.equal(userOfAnswer(success('a&amp;b')), 'a&b');
    assert.equal(userOfAnswer(failure), undefined);
    assert.equal(userOfAnswer('<html><body>Error'), undefined);
    assert.equal(userOfAnswer(success(' ')), undefined);
  });

  test('become localparts byte by byte', () => {
    assert.equal(mapToLocalpart('cas_user!'), 'cas_user=21');
    assert.equal(mapToLocalpart('_Ab=c'), '=5fab=3dc');
    assert.equal(mapToLocalpart('é'), '=c3=a9');
  });
});
