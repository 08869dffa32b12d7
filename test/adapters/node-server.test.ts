import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type NodeServer, serveNode } from '../../lib/api/http/adapters/node-server.ts';
import type { HttpApp } from '../../lib/api/http/adapters/request-meta.ts';
import { echoApp } from './echo-app.ts';
import { rawRequest } from './raw-request.ts';
import { CERTIFICATE, KEY } from './self-signed.ts';

/** Sends bytes and reads until the server closes. */
async function bytesOf(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  return Buffer.concat(await socket.toArray().catch(() => [])).toString('latin1');
}

describe('node server', () => {
  const errors: unknown[] = [];
  let server: NodeServer;
  before(async () => {
    server = await serveNode(echoApp, {
      host: '127.0.0.1',
      port: 0,
      trustedProxies: ['10.0.0.0/8'],
      edgeSecret: 's3cret',
      onError: (error) => errors.push(error),
    });
  });
  after(() => server.close());
  const get = (uri: string, headers: [string, string][] = []) =>
    rawRequest(server.port, { name: '', method: 'GET', uri, headers }).then(({ body }) => JSON.parse(body.toString()));

  test('hands on the target byte for byte', async () => {
    for (const uri of ['/a/%2e%2e/b/../c//d', '/a?x=%zz&y="q"|{}', '/%E0%A4%A', '/?', '/a;b=1?c#d']) {
      assert.equal((await get(uri)).rawUri, uri);
    }
  });

  test('takes the path of an absolute target, and refuses targets and hosts that are none', async () => {
    const head = 'Host: x\r\nConnection: close\r\n\r\n';
    assert.match(
      await bytesOf(server.port, `GET http://other.example/a%2Fb?c HTTP/1.1\r\n${head}`),
      /"rawUri":"\/a%2Fb\?c"/,
    );
    for (const bad of [`OPTIONS * HTTP/1.1\r\n${head}`, 'GET /a HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n']) {
      const answer = await bytesOf(server.port, bad);
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.match(answer, /"errcode":"M_UNKNOWN"/);
    }
  });

  test('believes proxies only where they are trusted', async () => {
    const seen = await get('/a', [
      ['x-forwarded-for', '192.0.2.9'],
      ['x-request-id', 'forged'],
    ]);
    assert.equal(seen.ip, '127.0.0.1');
    assert.notEqual(seen.requestId, 'forged');
  });

  test('believes the edge only with its secret, and keeps its headers from handlers', async () => {
    const edge = (secret: string) =>
      get('/a%20b', [
        ['x-myelin-edge-secret', secret],
        ['x-myelin-raw-uri', '/raw%2Furi?x'],
        ['x-myelin-viewer-address', '2001:db8::7:443'],
      ]);
    const trusted = await edge('s3cret');
    assert.equal(trusted.rawUri, '/raw%2Furi?x');
    assert.equal(trusted.ip, '2001:db8::7');
    const forged = await edge('guess');
    assert.equal(forged.rawUri, '/a%20b');
    assert.equal(forged.ip, '127.0.0.1');
    assert.deepEqual(
      Object.keys(forged.headers).filter((name) => /myelin|cloudfront/.test(name)),
      [],
    );
  });

  test('cuts the connection when a body fails half-way, instead of ending it', async () => {
    errors.length = 0;
    const answer = await bytesOf(server.port, 'GET /_test/broken HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/);
    assert.doesNotMatch(answer, /disk/);
    assert.match(String(errors[0]), /the disk went away/);
  });

  test('bounds the request line and headers', async () => {
    const head = `GET /${'a'.repeat(60_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    assert.match(await bytesOf(server.port, head), /^HTTP\/1\.1 200 /);
    assert.match(await bytesOf(server.port, head.replace('aaa', 'a'.repeat(10_000))), /^HTTP\/1\.1 431 /);
  });

  test('refuses an address that is taken', async () => {
    await assert.rejects(serveNode(echoApp, { host: '127.0.0.1', port: server.port }), { code: 'EADDRINUSE' });
  });

  test('refuses a proxy that is no address', async () => {
    const options = { host: '127.0.0.1', port: 0 };
    await assert.rejects(serveNode(echoApp, { ...options, trustedProxies: ['proxy'] }), /"proxy" is neither/);
    await assert.rejects(serveNode(echoApp, { ...options, trustedProxies: ['10.0.0.0/33'] }), /prefix length/);
  });
});

describe('node server, streaming', () => {
  /** Echoes the body as it comes, and reports aborts. */
  function streamingApp(): { app: HttpApp; aborted: Promise<void> } {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const app: HttpApp = {
      async fetch(request) {
        request.signal.addEventListener('abort', () => resolve());
        if (request.method === 'GET') await new Promise((done) => request.signal.addEventListener('abort', done));
        return new Response(request.body, { headers: { 'content-type': 'application/octet-stream' } });
      },
    };
    return { app, aborted };
  }

  test('streams bodies both ways at once', async () => {
    const server = await serveNode(streamingApp().app, { host: '127.0.0.1', port: 0 });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
    let seen = '';
    while (!seen.includes('first')) seen += (await once(socket, 'data'))[0];
    // The first part came back before the second was sent.
    socket.write('6\r\nsecond\r\n0\r\n\r\n');
    while (!seen.includes('second')) seen += (await once(socket, 'data'))[0];
    socket.destroy();
    await server.close(100);
  });

  test('aborts the request when the client goes away', async () => {
    const { app, aborted } = streamingApp();
    const server = await serveNode(app, { host: '127.0.0.1', port: 0 });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'connect');
    setTimeout(() => socket.destroy(), 50);
    await aborted;
    await server.close(100);
  });
});

describe('node server, closing', () => {
  const slowApp = (ms: number): HttpApp => ({
    fetch: async () => {
      await delay(ms, undefined, { ref: false });
      return new Response('done');
    },
  });

  test('lets requests under way finish, and takes no new ones', async () => {
    const server = await serveNode(slowApp(200), { host: '127.0.0.1', port: 0 });
    const running = fetch(server.url).then((response) => response.text());
    await delay(50);
    const started = performance.now();
    const closing = server.close(5_000);
    await assert.rejects(fetch(server.url));
    assert.equal(await running, 'done');
    await closing;
    assert.ok(performance.now() - started < 2_000, 'kept-alive connections held it up');
  });

  test('asks long polls to answer', async () => {
    const poll: HttpApp = {
      async fetch(request) {
        await once(request.signal, 'abort');
        return new Response('nothing new');
      },
    };
    const server = await serveNode(poll, { host: '127.0.0.1', port: 0 });
    const polling = fetch(server.url).then((response) => response.text());
    await delay(50);
    await server.close(5_000);
    assert.equal(await polling, 'nothing new');
  });

  test('cuts what takes longer than the grace', async () => {
    const server = await serveNode(slowApp(60_000), { host: '127.0.0.1', port: 0 });
    const running = fetch(server.url);
    running.catch(() => {});
    await delay(50);
    await server.close(100);
    await assert.rejects(running);
  });
});

describe('node server, TLS', () => {
  test('serves HTTPS', async () => {
    const server = await serveNode(echoApp, { host: '127.0.0.1', port: 0, tls: { cert: CERTIFICATE, key: KEY } });
    assert.match(server.url, /^https:/);
    const { get } = await import('node:https');
    const [response] = await once(
      get(`${server.url}/a%2Fb`, { ca: CERTIFICATE, servername: 'localhost', agent: false }),
      'response',
    );
    const body = JSON.parse(Buffer.concat(await response.toArray()).toString());
    assert.equal(body.rawUri, '/a%2Fb');
    await server.close(100);
  });
});
