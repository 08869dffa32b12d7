import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { boundaryOf, MultipartReader } from '../../lib/domain/federation/remote-media/multipart.ts';
import { TestNetwork } from '../kit/network.ts';
import type { TestServer, TestUser } from '../kit/server.ts';

async function read(body: ReadableStream<Uint8Array> | import('node:stream/web').ReadableStream<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

function inPieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      at += size;
    },
  });
}

describe('multipart bodies', () => {
  const text = [
    '--b\r\nContent-Type: application/json\r\n\r\n{}\r\n',
    '--b\r\nContent-Type: text/plain\r\nX: a:b\r\n\r\none\r\n--no\r\ntwo\r\n',
    '--b\r\n\r\n\r\n--b--\r\n',
  ].join('');

  for (const size of [1, 2, 3, 7, 1_000]) {
    test(`in pieces of ${size} bytes`, async () => {
      const parts = new MultipartReader(inPieces(text, size) as never, 'b');
      const found: [Record<string, string>, string][] = [];
      for (let part = await parts.next(); part; part = await parts.next()) {
        found.push([part.headers, await read(part.body)]);
      }
      assert.deepEqual(found, [
        [{ 'content-type': 'application/json' }, '{}'],
        [{ 'content-type': 'text/plain', x: 'a:b' }, 'one\r\n--no\r\ntwo'],
        [{}, ''],
      ]);
    });
  }

  test('a body that breaks off is an error', async () => {
    const parts = new MultipartReader(inPieces(text.slice(0, 90), 10) as never, 'b');
    const first = await parts.next();
    assert.equal(await read(first!.body), '{}');
    const second = await parts.next();
    await assert.rejects(read(second!.body));
  });

  test('boundaries', () => {
    assert.equal(boundaryOf('multipart/mixed; boundary=abc'), 'abc');
    assert.equal(boundaryOf('Multipart/Mixed; charset=x; boundary="a b"'), 'a b');
    assert.equal(boundaryOf('text/plain; boundary=abc'), undefined);
    assert.equal(boundaryOf('multipart/mixed'), undefined);
  });
});

describe('files of other servers', () => {
  const network = new TestNetwork();
  let one: TestServer;
  let two: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let count = 0;

  before(async () => {
    one = await network.homeserver('one.test:1', { limits: { maxUploadBytes: 1_000 } });
    two = await network.homeserver('two.test:2', { limits: { maxUploadBytes: 1_000 } });
    alice = await one.user('alice');
    bob = await two.user('bob');
  });
  after(() => network.end());
  beforeEach(() => {
    count++;
  });

  const download = (user: TestUser, path: string, query = '') =>
    user.call('GET', `/_matrix/client/v1/media/download/${path}${query}`);

  test('are fetched with their name and type, once', async () => {
    const bytes = 'file with\r\n--lines';
    const response = await two.fetch(`/_matrix/media/v3/upload?filename=${encodeURIComponent('ü.txt')}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bob.token}`, 'content-type': 'text/plain' },
      body: bytes,
    });
    const { content_uri: uri } = (await response.json()) as { content_uri: string };
    const path = uri.replace('mxc://', '');
    assert.equal((await download(alice, path, '?allow_remote=false')).status, 404);
    const [first, second] = await Promise.all([download(alice, path), download(alice, path)]);
    for (const answer of [first, second]) {
      assert.deepEqual([answer.status, answer.body], [200, bytes]);
      assert.equal(answer.headers.get('content-type'), 'text/plain');
      assert.match(answer.headers.get('content-disposition') ?? '', /%C3%BC\.txt/);
    }
    network.down.add('two.test:2');
    assert.equal((await download(alice, path)).body, bytes);
    network.down.delete('two.test:2');
    assert.equal(network.sentTo('two.test:2', '/media/download/').length, 1);
  });

  test('that are not there, too large, or of servers that are gone', async () => {
    assert.equal((await download(alice, 'two.test:2/nothing')).status, 404);
    assert.equal((await download(alice, 'gone.test:1/x')).status, 502);
    const large = network.fake(`large${count}.test:1`);
    large.on('GET', /\/media\/download\//, () => {
      const body = `--b\r\n\r\n{}\r\n--b\r\ncontent-type: text/plain\r\n\r\n${'x'.repeat(1_001)}\r\n--b--`;
      return new Response(body, { headers: { 'content-type': 'multipart/mixed; boundary=b' } });
    });
    assert.equal((await download(alice, `${large.name}/x`)).status, 413);
  });

  test('come by the endpoint of old from a server that knows no other', async () => {
    const old = network.fake(`old${count}.test:1`);
    old.on('GET', /^\/_matrix\/media\/v3\/download\//, ({ query }) => {
      assert.equal(query.get('allow_remote'), 'false');
      const headers = { 'content-type': 'text/html', 'content-disposition': 'inline; filename="a\\"b.html"' };
      return new Response('<b>', { headers });
    });
    const answer = await download(alice, `${old.name}/x`);
    assert.deepEqual([answer.status, answer.body, answer.headers.get('content-type')], [200, '<b>', 'text/html']);
  });

  test('may be elsewhere', async () => {
    const peer = network.fake(`cdn${count}.test:1`);
    network.attach('cdn.test', async () => new Response('from there', { headers: { 'content-type': 'text/plain' } }));
    peer.on('GET', /\/media\/download\//, () => {
      const body = '--b\r\n\r\n{}\r\n--b\r\nLocation: https://cdn.test/file\r\n\r\n\r\n--b--';
      return new Response(body, { headers: { 'content-type': 'multipart/mixed; boundary=b' } });
    });
    assert.equal((await download(alice, `${peer.name}/x`)).body, 'from there');
  });
});
