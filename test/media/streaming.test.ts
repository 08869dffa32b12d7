// Over real sockets: nothing is held whole, nothing stays open, nothing stays behind.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type NodeServer, serveNode } from '../../lib/api/http/adapters/node-server.ts';
import { buildApp } from '../../lib/api/http/app.ts';
import type { Blobs } from '../../lib/platform/blobs.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { looseBlobs, storedFiles, upload } from './media-helpers.ts';

const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('media over sockets', () => {
  let server: TestServer;
  let web: NodeServer;
  let alice: TestUser;
  before(async () => {
    server = await testServer();
    web = await serveNode(buildApp(server.ctx, ['media']), { host: '127.0.0.1', port: 0 });
    alice = await server.user('alice');
  });
  after(async () => {
    await web.close(100);
    await server.close();
  });

  const authorization = () => ({ authorization: `Bearer ${alice.token}` });

  /** Files of the store that this process has open. */
  const openFiles = async () => {
    const found: string[] = [];
    for (const fd of await readdir('/proc/self/fd')) {
      const path = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
      if (path.startsWith(server.ctx.config.media.directory)) found.push(path);
    }
    return found;
  };
  const until = async (what: string, check: () => Promise<boolean>) => {
    for (const end = Date.now() + 5_000; !(await check()); await sleep(10)) assert.ok(Date.now() < end, what);
  };
  const noFileIsOpen = () => until('files are still open', async () => (await openFiles()).length === 0);

  test('64 MiB both ways: the same bytes, and memory stays flat', { timeout: 120_000 }, async (t) => {
    const transfer = (bytes: number) =>
      promisify(execFile)(process.execPath, [
        fileURLToPath(import.meta.resolve('./transfer-client.ts')),
        web.url,
        alice.token,
        String(bytes),
      ]);
    await transfer(24 * MIB);
    collectGarbage();
    const before = process.memoryUsage();
    let rss = 0;
    let held = 0;
    let samples = 0;
    const sample = () => {
      // What is garbage already is not held; when it is collected is V8's affair.
      collectGarbage();
      const now = process.memoryUsage();
      rss = Math.max(rss, now.rss - before.rss);
      held = Math.max(held, now.heapUsed + now.external - before.heapUsed - before.external);
      samples++;
      watch = setTimeout(sample, 60);
    };
    let watch = setTimeout(sample, 60);
    const { stdout } = await transfer(64 * MIB);
    clearTimeout(watch);
    assert.ok(samples > 2, `${samples} samples`);
    const { sent, received, size } = JSON.parse(stdout);
    assert.equal(size, 64 * MIB);
    assert.equal(received, sent);
    t.diagnostic(`RSS grew by ${(rss / MIB).toFixed(1)} MiB, heap and buffers by ${(held / MIB).toFixed(1)} MiB`);
    assert.ok(rss < 40 * MIB, `RSS grew by ${rss / MIB} MiB`);
    assert.ok(held < 32 * MIB, `heap and buffers grew by ${held / MIB} MiB`);
    await noFileIsOpen();
    assert.equal(await looseBlobs(server), 0);
  });

  test('a slow reader holds the server back', { timeout: 60_000 }, async () => {
    const id = await upload(server, alice, Buffer.alloc(48 * MIB), { type: 'video/mp4' });
    collectGarbage();
    const before = process.memoryUsage();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      httpGet(`${web.url}/_matrix/client/v1/media/download/${id}`, { headers: authorization() }, resolve).on(
        'error',
        reject,
      );
    });
    response.pause();
    await sleep(500);
    collectGarbage();
    const now = process.memoryUsage();
    assert.equal((await openFiles()).length, 1);
    assert.ok(
      now.arrayBuffers - before.arrayBuffers < 16 * MIB,
      `${(now.arrayBuffers - before.arrayBuffers) / MIB} MiB held`,
    );
    // And a client that goes away in the middle closes the file.
    response.destroy();
    await noFileIsOpen();
  });

  test('clients that go away before, while and after the answer begins leave no file open', async () => {
    const id = await upload(server, alice, Buffer.alloc(2 * MIB), { type: 'video/mp4' });
    const path = `/_matrix/client/v1/media/download/${id}`;
    for (let delay = 0; delay < 40; delay++) {
      const socket = connect(web.port, '127.0.0.1').on('error', () => {});
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`);
      await sleep(delay / 4);
      socket.resetAndDestroy();
    }
    const head = await fetch(`${web.url}${path}`, { method: 'HEAD', headers: authorization() });
    assert.equal(head.headers.get('content-length'), String(2 * MIB));
    assert.equal(
      (await fetch(`${web.url}${path}`, { headers: { ...authorization(), range: 'bytes=9999999-' } })).status,
      416,
    );
    await noFileIsOpen();
  });

  for (const [how, framing, part] of [
    ['with a length', 'Content-Length: 1000000', 'x'.repeat(100_000)],
    ['in chunks', 'Transfer-Encoding: chunked', `2710\r\n${'x'.repeat(10_000)}\r\n`],
  ] as const) {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      test(`an upload ${how} that stops half-way (${end}) leaves nothing`, async () => {
        const files = await storedFiles(server);
        const socket = connect(web.port, '127.0.0.1').on('error', () => {});
        socket.write(
          `POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${alice.token}\r\n${framing}\r\n\r\n${part}`,
        );
        await until('the upload has begun', async () => (await looseBlobs(server)) === 1);
        socket[end]();
        await until('the upload has ended', async () => (await looseBlobs(server)) === 0);
        assert.deepEqual(await storedFiles(server), files);
        await noFileIsOpen();
      });
    }
  }

  test('too large: the client gets to read why, with the connection or on a new one', async () => {
    server.ctx.config.limits.maxUploadBytes = MIB;
    try {
      for (const body of [Buffer.alloc(20 * MIB), new Blob([Buffer.alloc(20 * MIB)]).stream()]) {
        const response = await fetch(`${web.url}/_matrix/media/v3/upload`, {
          method: 'POST',
          headers: authorization(),
          body,
          ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
        } as RequestInit);
        assert.equal(response.status, 413);
        assert.equal(((await response.json()) as { errcode: string }).errcode, 'M_TOO_LARGE');
      }
      assert.equal(await looseBlobs(server), 0);
    } finally {
      server.ctx.config.limits.maxUploadBytes = 100 * MIB;
    }
  });

  test('larger than any JSON body may be', async () => {
    const bytes = randomBytes(server.ctx.config.limits.maxBodyBytes + 12_345);
    const id = await upload(server, alice, bytes);
    const response = await fetch(`${web.url}/_matrix/media/v3/download/${id}`);
    assert.ok((await buffer(response.body as never)).equals(bytes));
  });

  test('a store that fails is an error of the server, and leaves nothing', async () => {
    const { blobs } = server.ctx;
    try {
      server.ctx.blobs = {
        put: () => Promise.reject(new Error('the disk is full')),
        delete: (key: string) => blobs.delete(key),
      } as unknown as Blobs;
      await assert.rejects(upload(server, alice, 'x'), /M_UNKNOWN/);
    } finally {
      server.ctx.blobs = blobs;
    }
    assert.equal(await looseBlobs(server), 0);
  });
});
