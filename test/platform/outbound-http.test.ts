import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuardedHttp } from '../../lib/platform/adapters/guarded-http.ts';
import { OutboundHttpError, type OutboundRequest } from '../../lib/platform/outbound-http.ts';
import { until } from './until.ts';

// Names of these tests; the server behind all of them listens on 127.0.0.1.
const NAMES: Record<string, string[]> = {
  'inside.test': ['127.0.0.1'],
  'both.test': ['127.0.0.1', '198.51.100.7'],
  'metadata.test': ['169.254.169.254'],
  'tls.test': ['127.0.0.1'],
};

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

type Route = (request: IncomingMessage, response: ServerResponse) => unknown;

describe('outbound HTTP', () => {
  const seen: Seen[] = [];
  let lookups: string[] = [];
  const observed: unknown[] = [];
  let port: number;
  let tlsPort: number;
  let closedEarly = 0;
  const scratch = mkdtempSync(join(tmpdir(), 'myelin-tls-'));

  const routes: Record<string, Route> = {
    '/ok': (_q, r) => r.setHeader('X-Twice', ['a', 'b']).end('fine'),
    '/status': (_q, r) => r.writeHead(503).end('busy'),
    '/large': (_q, r) => r.end(Buffer.alloc(10_001)),
    '/endless': (_q, r) => {
      const timer = setInterval(() => r.write(Buffer.alloc(1_000)), 1);
      r.on('close', () => {
        closedEarly += 1;
        clearInterval(timer);
      });
    },
    '/silent': () => {},
    '/drip': async (_q, r) => {
      for (let i = 0; i < 100 && !r.destroyed; i++) {
        r.write('.');
        await sleep(30);
      }
      r.end();
    },
    '/loop': (_q, r) => r.writeHead(302, { location: '/loop' }).end(),
    '/broken': (_q, r) => {
      r.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => r.destroy(), 20);
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    void buffer(request).then((body) => {
      const url = new URL(request.url!, 'http://x');
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, body: body.toString() });
      const to = url.searchParams.get('to');
      if (to) response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: to }).end('moved');
      else if (routes[url.pathname]) routes[url.pathname]!(request, response);
      else response.writeHead(404).end('nothing');
    });
  }

  const server = createServer(answer);
  let tlsServer: ReturnType<typeof createTlsServer>;
  const http = new GuardedHttp({
    userAgent: 'Myelin/test',
    observe: (end) => observed.push([end.purpose, end.outcome]),
    resolve: ((host: string, _options: unknown, callback: (error: Error | null, all?: unknown) => void) => {
      lookups.push(host);
      const found = NAMES[host];
      if (!found) callback(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }));
      else
        callback(
          null,
          found.map((address) => ({ address, family: 4 })),
        );
    }) as never,
  });

  before(async () => {
    const subject = ['-subj', '/CN=tls.test', '-addext', 'subjectAltName=DNS:tls.test'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, '-out', 'cert.pem', ...subject], {
      cwd: scratch,
      stdio: 'ignore',
    });
    const read = (name: string) => readFileSync(join(scratch, name));
    tlsServer = createTlsServer({ key: read('key.pem'), cert: read('cert.pem') }, answer);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    await new Promise<void>((done) => tlsServer.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
    tlsPort = (tlsServer.address() as AddressInfo).port;
  });
  after(async () => {
    await http.close();
    for (const s of [server, tlsServer]) {
      s.closeAllConnections();
      s.close();
    }
    rmSync(scratch, { recursive: true, force: true });
  });

  const request = (more: Partial<OutboundRequest> = {}): OutboundRequest => ({
    timeoutMs: 5_000,
    maxBytes: 10_000,
    purpose: 'test',
    allowPrivateAddresses: ['127.0.0.1/32'],
    ...more,
  });
  const local = (path: string) => `http://127.0.0.1:${port}${path}`;
  const failsWith = async (reason: string, url: string, more: Partial<OutboundRequest> = {}) => {
    await assert.rejects(http.fetch(url, request(more)), (error) => {
      assert.ok(error instanceof OutboundHttpError, String(error));
      assert.equal(error.reason, reason, error.message);
      return true;
    });
  };

  test('sends method, path, headers and body, and reads the answer', async () => {
    const path = '/ok?a=%2Fb%20c&a=+d';
    const response = await http.fetch(local(path), request({ method: 'PUT', headers: { 'X-Own': 'yes' }, body: 'é' }));
    assert.equal(response.status, 200);
    assert.equal(Buffer.from(response.body).toString(), 'fine');
    assert.equal(response.headers['x-twice'], 'a, b');
    const { method, url, headers, body } = seen.at(-1)!;
    assert.deepEqual(
      [method, url, headers['x-own'], headers['user-agent'], body],
      ['PUT', path, 'yes', 'Myelin/test', 'é'],
    );
  });

  test('any status is an answer', async () => {
    assert.equal((await http.fetch(local('/status'), request())).status, 503);
  });

  test('refuses what is not http or https, or carries a user', async () => {
    for (const url of [
      '',
      'nonsense',
      'ftp://example.org/',
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'http://user:pw@127.0.0.1/',
      'data:,x',
    ]) {
      await failsWith('bad-url', url);
    }
  });

  test('refuses private addresses in numbers, however they are written', async () => {
    const hosts = [
      '127.0.0.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::]',
      '0',
      '169.254.169.254',
      '10.0.0.1',
      '[fe80::1]',
      '[64:ff9b::7f00:1]',
    ];
    for (const host of hosts)
      await failsWith('forbidden-address', `http://${host}:${port}/ok`, { allowPrivateAddresses: false });
  });

  test('refuses names that lead to private addresses, before connecting', async () => {
    const before = seen.length;
    await failsWith('forbidden-address', `http://inside.test:${port}/ok`, { allowPrivateAddresses: false });
    await failsWith('forbidden-address', `http://metadata.test:${port}/ok`);
    assert.equal(seen.length, before);
  });

  test('looks a name up once and connects to the address that was checked', async () => {
    lookups = [];
    assert.equal((await http.fetch(`http://inside.test:${port}/ok`, request())).status, 200);
    assert.deepEqual(lookups, ['inside.test']);
    assert.equal(seen.at(-1)?.headers.host, `inside.test:${port}`);
  });

  test('of several addresses only the allowed ones are tried', async () => {
    assert.equal((await http.fetch(`http://both.test:${port}/ok`, request())).status, 200);
  });

  test('a connection that was allowed for one request does not serve another with stricter rules', async () => {
    await http.fetch(local('/ok'), request({ allowPrivateAddresses: true }));
    await failsWith('forbidden-address', local('/ok'), { allowPrivateAddresses: false });
  });

  test('says when a name has no address and when nobody listens', async () => {
    await failsWith('unresolvable', 'http://nobody.test/');
    await failsWith('unreachable', 'http://127.0.0.1:1/');
  });

  test('gives a redirect back unless asked to follow', async () => {
    const response = await http.fetch(local('/?to=/ok'), request());
    assert.deepEqual([response.status, response.headers['location']], [302, '/ok']);
  });

  test('follows redirects and says where they led', async () => {
    const response = await http.fetch(local('/?to=/ok'), request({ followRedirects: 3 }));
    assert.deepEqual([response.status, response.url], [200, local('/ok')]);
  });

  test('checks the addresses of redirects too', async () => {
    const targets = [
      'http://169.254.169.254/latest/meta-data/',
      'http://metadata.test/',
      'http://[::1]/',
      'http://2852039166/',
      '//10.0.0.1/',
    ];
    for (const to of targets) {
      await failsWith('forbidden-address', local(`/?to=${encodeURIComponent(to)}`), { followRedirects: 3 });
    }
    await failsWith('bad-url', local('/?to=file:///etc/passwd'), { followRedirects: 3 });
  });

  test('follows no more redirects than allowed', async () => {
    const before = seen.length;
    await failsWith('too-many-redirects', local('/loop'), { followRedirects: 4 });
    assert.equal(seen.length - before, 5);
  });

  test('a redirect keeps or drops method, body and secrets as it should', async () => {
    const headers = { authorization: 'Bearer secret', cookie: 'a=b', 'content-type': 'text/plain', 'x-own': 'yes' };
    const send = async (to: string, status: number) => {
      const url = local(`/?status=${status}&to=${encodeURIComponent(to)}`);
      await http.fetch(url, request({ method: 'POST', body: 'data', headers, followRedirects: 1 }));
      return seen.at(-1)!;
    };
    const kept = await send('/ok', 307);
    assert.deepEqual([kept.method, kept.body, kept.headers.authorization], ['POST', 'data', 'Bearer secret']);
    const turned = await send('/ok', 303);
    assert.deepEqual([turned.method, turned.body, turned.headers['content-type']], ['GET', '', undefined]);
    const elsewhere = await send(`http://inside.test:${port}/ok`, 308);
    assert.deepEqual([elsewhere.body, elsewhere.headers['x-own']], ['data', 'yes']);
    assert.deepEqual([elsewhere.headers.authorization, elsewhere.headers.cookie], [undefined, undefined]);
  });

  test('stops at the size limit, announced or not, and hangs up', async () => {
    assert.equal((await http.fetch(local('/large'), request({ maxBytes: 10_001 }))).body.byteLength, 10_001);
    await failsWith('too-large', local('/large'));
    closedEarly = 0;
    await failsWith('too-large', local('/endless'));
    await until('the server notices', () => closedEarly === 1);
  });

  test('the time limit covers waiting, slow bodies and redirects', async () => {
    for (const path of ['/silent', '/drip', '/?to=/silent']) {
      const started = performance.now();
      await failsWith('timeout', local(path), { timeoutMs: 250, followRedirects: 2 });
      const took = performance.now() - started;
      assert.ok(took >= 240 && took < 1_500, `${path} took ${took} ms`);
    }
  });

  test('ends when the caller gives up', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await failsWith('aborted', local('/silent'), { signal: controller.signal });
    await failsWith('aborted', local('/ok'), { signal: AbortSignal.abort() });
  });

  test('a body that breaks off is an error', async () => {
    await failsWith('unreachable', local('/broken'));
  });

  test('streams, and hangs up when the reader stops', async () => {
    closedEarly = 0;
    const response = await http.stream(local('/endless'), request({ maxBytes: 1_000_000_000 }));
    const reader = response.body.getReader();
    assert.ok((await reader.read()).value!.byteLength > 0);
    await reader.cancel();
    await until('the server notices', () => closedEarly === 1);
  });

  test('certificates are checked against the name, unless told not to', async () => {
    const url = `https://tls.test:${tlsPort}/ok`;
    await failsWith('tls', url);
    assert.equal((await http.fetch(url, request({ verifyTls: false }))).status, 200);
    assert.equal((await http.fetch(url, request({ caFiles: [join(scratch, 'cert.pem')] }))).status, 200);
    await failsWith('tls', `https://inside.test:${tlsPort}/ok`, { caFiles: [join(scratch, 'cert.pem')] });
  });

  test('connects elsewhere for a name when told so, and guards that address', async () => {
    const more = { connectTo: { host: '127.0.0.1', port: tlsPort }, caFiles: [join(scratch, 'cert.pem')] };
    assert.equal((await http.fetch('https://tls.test/ok', request(more))).status, 200);
    assert.equal(seen.at(-1)?.headers.host, 'tls.test');
    for (const host of ['169.254.169.254', 'metadata.test', '::1']) {
      await failsWith('forbidden-address', 'https://tls.test/ok', { connectTo: { host, port: 80 } });
    }
  });

  test('tells what became of each request', async () => {
    observed.length = 0;
    await http.fetch(local('/ok'), request({ purpose: 'push' }));
    await failsWith('forbidden-address', 'http://10.0.0.1/', { purpose: 'url-preview' });
    assert.deepEqual(observed, [
      ['push', '2xx'],
      ['url-preview', 'forbidden-address'],
    ]);
  });
});
