import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createSession } from '../../lib/domain/accounts/create-session.ts';
import { createUser } from '../../lib/domain/accounts/create-user.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { download, looseBlobs, storedFiles, upload } from './media-helpers.ts';

describe('media: upload and download', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    server = await testServer({ limits: { maxUploadBytes: 100_000 } });
    alice = await server.user('alice');
    bob = await server.user('bob');
  });
  after(() => server.close());

  const get = (path: string, headers: Record<string, string> = {}) => server.fetch(path, { headers });

  test('the same bytes come back, with the headers of the spec', async () => {
    const bytes = randomBytes(70_000);
    const id = await upload(server, alice, bytes, { type: 'image/png', name: 'cat.png' });
    assert.match(id, /^localhost\/[A-Za-z0-9_-]{20,}$/);
    const response = await download(server, bob, id);
    assert.equal(response.status, 200);
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
    const { headers } = response;
    assert.equal(headers.get('content-type'), 'image/png');
    assert.equal(headers.get('content-length'), '70000');
    assert.equal(headers.get('content-disposition'), 'inline; filename="cat.png"');
    assert.match(headers.get('content-security-policy')!, /^sandbox; default-src 'none'; script-src 'none';/);
    assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('cache-control'), 'private, max-age=31536000, immutable');
    assert.equal(headers.get('accept-ranges'), 'bytes');
    assert.equal(headers.get('access-control-allow-origin'), '*');
    assert.equal(await looseBlobs(server), 0);
  });

  test('nothing is known: the type is unknown, and there is no name', async () => {
    const response = await server.fetch('/_matrix/media/v3/upload', {
      method: 'POST',
      headers: { authorization: `Bearer ${alice.token}` },
      body: new Uint8Array([1, 2, 3]),
    });
    const id = ((await response.json()) as { content_uri: string }).content_uri.slice(6);
    const back = await download(server, alice, id);
    assert.equal(back.headers.get('content-type'), 'application/octet-stream');
    assert.equal(back.headers.get('content-disposition'), 'attachment');
    await back.body?.cancel();
  });

  test('an empty file is a file', async () => {
    const id = await upload(server, alice, '', { type: 'text/plain' });
    const response = await download(server, alice, id);
    assert.deepEqual([response.status, response.headers.get('content-length'), await response.text()], [200, '0', '']);
  });

  test('names: beyond ASCII, with quotes, another one in the path', async () => {
    const disposition = async (id: string) => {
      const response = await download(server, alice, id);
      await response.body?.cancel();
      return response.headers.get('content-disposition');
    };
    const id = await upload(server, alice, 'x', { type: 'text/html', name: 'Übung "1"\r\n😀.html' });
    assert.equal(await disposition(id), "attachment; filename*=UTF-8''%C3%9Cbung%20%221%22%F0%9F%98%80.html");
    assert.equal(await disposition(`${id}/plain.txt`), 'attachment; filename="plain.txt"');
    assert.equal(await disposition(`${id}/a%2Fb%22.txt`), 'attachment; filename="a/b\\".txt"');
    assert.equal(await disposition(`${id}/%E2%9C%93`), "attachment; filename*=UTF-8''%E2%9C%93");
  });

  test('every old path uploads and downloads, without a token', async () => {
    for (const version of ['v3', 'r0', 'v1']) {
      const response = await server.fetch(
        `/_matrix/media/${version}/upload?filename=f.txt&access_token=${alice.token}`,
        {
          method: 'POST',
          headers: { 'content-type': 'text/plain' },
          body: version,
        },
      );
      const id = ((await response.json()) as { content_uri: string }).content_uri.slice(6);
      for (const path of [
        `/_matrix/media/${version}/download/${id}`,
        `/_matrix/media/${version}/download/${id}/g.txt`,
      ]) {
        const back = await get(`${path}?allow_remote=false&allow_redirect=true&timeout_ms=10`);
        assert.deepEqual([back.status, await back.text()], [200, version]);
        assert.match(back.headers.get('cache-control')!, /^public,.*immutable/);
        assert.equal(
          back.headers.get('content-disposition'),
          `inline; filename="${path.endsWith('g.txt') ? 'g' : 'f'}.txt"`,
        );
      }
    }
  });

  test('HEAD answers like GET, without the bytes', async () => {
    const id = await upload(server, alice, 'four', { type: 'text/plain' });
    const response = await download(server, alice, id, {}, 'HEAD');
    assert.deepEqual([response.status, response.headers.get('content-length'), await response.text()], [200, '4', '']);
    assert.equal((await download(server, alice, 'localhost/nothing', {}, 'HEAD')).status, 404);
  });

  test('ranges', async () => {
    const id = await upload(server, alice, '0123456789', { type: 'video/mp4' });
    const ranged = async (range: string, more: Record<string, string> = {}) => {
      const response = await download(server, alice, id, { range, ...more });
      return [response.status, response.headers.get('content-range'), await response.text()];
    };
    assert.deepEqual(await ranged('bytes=2-4'), [206, 'bytes 2-4/10', '234']);
    assert.deepEqual(await ranged('bytes=-2'), [206, 'bytes 8-9/10', '89']);
    assert.deepEqual(await ranged('bytes=1-2,4-5'), [200, null, '0123456789']);
    const part = await download(server, alice, id, { range: 'bytes=4-' });
    assert.equal(part.headers.get('content-length'), '6');
    const etag = part.headers.get('etag')!;
    await part.body?.cancel();
    assert.deepEqual(await ranged('bytes=2-4', { 'if-range': etag }), [206, 'bytes 2-4/10', '234']);
    assert.deepEqual(await ranged('bytes=2-4', { 'if-range': '"another"' }), [200, null, '0123456789']);
    const beyond = await download(server, alice, id, { range: 'bytes=10-' });
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */10']);
    assert.equal(((await beyond.json()) as { errcode: string }).errcode, 'M_INVALID_PARAM');
    const head = await download(server, alice, id, { range: 'bytes=2-4' }, 'HEAD');
    assert.deepEqual([head.status, head.headers.get('content-length')], [206, '3']);
  });

  test('who has the bytes is told so', async () => {
    const id = await upload(server, alice, 'known', { type: 'text/plain' });
    const first = await download(server, alice, id);
    const etag = first.headers.get('etag')!;
    await first.body?.cancel();
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await download(server, alice, id, { 'if-none-match': tag });
      assert.deepEqual([again.status, again.headers.get('etag'), await again.text()], [304, etag, '']);
    }
    const other = await download(server, alice, id, { 'if-none-match': '"other"' });
    assert.deepEqual([other.status, await other.text()], [200, 'known']);
  });

  test('too large: announced, or found out on the way; nothing stays', async () => {
    const before = await storedFiles(server);
    const send = (body: RequestInit['body'], headers: Record<string, string> = {}) =>
      server.fetch('/_matrix/media/v3/upload', {
        method: 'POST',
        headers: { authorization: `Bearer ${alice.token}`, ...headers },
        body,
      });
    let pulled = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(10_000));
        },
      });
    for (const response of [
      await send(Buffer.alloc(100_001)),
      await send(endless(), { 'content-length': '100001' }),
      await send(endless()),
    ]) {
      assert.equal(response.status, 413);
      assert.equal(((await response.json()) as { errcode: string }).errcode, 'M_TOO_LARGE');
    }
    assert.ok(pulled < 20, `${pulled} chunks were read`);
    assert.deepEqual(await storedFiles(server), before);
    assert.equal(await looseBlobs(server), 0);
    assert.equal((await send(Buffer.alloc(100_000))).status, 200);
  });

  test('a body that breaks off leaves nothing', async () => {
    const before = await storedFiles(server);
    let sent = 0;
    const response = await server.fetch('/_matrix/media/v3/upload', {
      method: 'POST',
      headers: { authorization: `Bearer ${alice.token}` },
      body: new ReadableStream<Uint8Array>({
        pull(controller) {
          if (++sent > 3) controller.error(new Error('gone'));
          else controller.enqueue(new Uint8Array(1_000));
        },
      }),
    });
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { errcode: string }).errcode, 'M_UNKNOWN');
    assert.deepEqual(await storedFiles(server), before);
    assert.equal(await looseBlobs(server), 0);
  });

  test('what is not there', async () => {
    const paths = [
      'localhost/nothing',
      'elsewhere.example:8448/abc?allow_remote=false',
      'localhost/..%2F..%2Fetc%2Fpasswd',
      'localhost/a.b',
      'not%20a%20name/abc',
      `localhost/${'a'.repeat(300)}`,
    ];
    for (const path of paths) {
      const withToken = await download(server, alice, path);
      assert.equal(withToken.status, 404, path);
      assert.equal(((await withToken.json()) as { errcode: string }).errcode, 'M_NOT_FOUND');
      assert.equal((await get(`/_matrix/media/v3/download/${path}`)).status, 404, path);
    }
    // Whether it is there only its server knows, and that can't be reached.
    assert.equal((await download(server, alice, 'elsewhere.example:8448/abc')).status, 502);
    const id = await upload(server, alice, 'x');
    const bad = await download(server, alice, `${id}?timeout_ms=soon`);
    assert.deepEqual([bad.status, ((await bad.json()) as { errcode: string }).errcode], [400, 'M_INVALID_PARAM']);
  });

  test('bytes that are lost are a 404, not half an answer', async () => {
    const id = await upload(server, alice, 'x');
    for await (const { key } of server.ctx.blobs.list(`local/${id.split('/')[1]}`)) await server.ctx.blobs.delete(key);
    assert.equal((await download(server, alice, id)).status, 404);
  });

  test('who may: a token is needed, guests may look, suspended users may not upload', async () => {
    const id = await upload(server, alice, 'x', { type: 'image/png' });
    for (const [method, path] of [
      ['POST', '/_matrix/media/v3/upload'],
      ['POST', '/_matrix/media/v1/create'],
      ['PUT', '/_matrix/media/v3/upload/localhost/abc'],
      ['GET', `/_matrix/client/v1/media/download/${id}`],
      ['GET', `/_matrix/client/v1/media/download/${id}/name`],
      ['GET', `/_matrix/client/v1/media/thumbnail/${id}?width=1&height=1`],
      ['GET', '/_matrix/client/v1/media/config'],
    ] as const) {
      const response = await server.fetch(path, { method });
      assert.equal(response.status, 401, path);
      assert.equal(((await response.json()) as { errcode: string }).errcode, 'M_MISSING_TOKEN');
    }
    const { userId } = await createUser(server.ctx, { localpart: 'visitor', isGuest: true });
    const guest = { authorization: `Bearer ${(await createSession(server.ctx, { userId })).accessToken}` };
    const seen = await get(`/_matrix/client/v1/media/download/${id}`, guest);
    assert.equal(seen.status, 200);
    await seen.body?.cancel();
    const refused = await server.fetch('/_matrix/media/v3/upload', { method: 'POST', headers: guest, body: 'x' });
    assert.equal(((await refused.json()) as { errcode: string }).errcode, 'M_GUEST_ACCESS_FORBIDDEN');

    const carol = await server.user('carol');
    await server.ctx.db.query('UPDATE users SET suspended = true WHERE user_id = $1', [carol.userId]);
    await assert.rejects(upload(server, carol, 'x'), /M_USER_SUSPENDED/);
    assert.equal((await download(server, carol, id, {}, 'HEAD')).status, 200);
  });

  test('how much may be uploaded', async () => {
    const paths = [
      '/_matrix/client/v1/media/config',
      '/_matrix/media/v3/config',
      '/_matrix/media/r0/config',
      '/_matrix/media/v1/config',
    ];
    for (const path of paths) {
      const answer = await alice.call('GET', path);
      assert.deepEqual([answer.status, answer.body], [200, { 'm.upload.size': 100_000 }]);
    }
  });

  test('there are no previews', async () => {
    for (const path of ['/_matrix/client/v1/media/preview_url', '/_matrix/media/v3/preview_url']) {
      const answer = await alice.call('GET', `${path}?url=http%3A%2F%2F127.0.0.1%2F`);
      assert.deepEqual([answer.status, answer.body.errcode], [404, 'M_UNRECOGNIZED']);
    }
  });
});

test('media that came while open downloads were off stays closed, older media open', async () => {
  const server = await testServer();
  try {
    const alice = await server.user('alice');
    const older = await upload(server, alice, 'older', { type: 'image/png' });
    server.ctx.config.media.unauthenticatedDownloads = false;
    const newer = await upload(server, alice, 'newer', { type: 'image/png' });
    const open = async (id: string, path = 'download', query = '') => {
      const response = await server.fetch(`/_matrix/media/v3/${path}/${id}${query}`);
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await open(older), 200);
    assert.equal(await open(newer), 404);
    assert.equal(await open(newer, 'thumbnail', '?width=1&height=1'), 404);
    const made = await alice.call('POST', '/_matrix/media/v1/create');
    // Without a word about whether the id exists, and without a wait.
    assert.equal(await open(made.body.content_uri.slice(6)), 404);
    assert.equal(await (await download(server, alice, newer)).text(), 'newer');
    server.ctx.config.media.unauthenticatedDownloads = true;
    assert.equal(await open(newer), 404);
  } finally {
    await server.close();
  }
});

test('thumbnails: the image itself, for now', async () => {
  const server = await testServer();
  try {
    const alice = await server.user('alice');
    const ask = (id: string, query: string, path = '/_matrix/client/v1/media/thumbnail') =>
      server.fetch(`${path}/${id}?${query}`, { headers: { authorization: `Bearer ${alice.token}` } });
    const image = await upload(server, alice, 'no real image', { type: 'image/JPEG', name: 'me.jpg' });
    for (const path of [
      '/_matrix/client/v1/media/thumbnail',
      '/_matrix/media/v3/thumbnail',
      '/_matrix/media/r0/thumbnail',
    ]) {
      const response = await ask(image, 'width=32&height=32&method=crop&animated=true', path);
      assert.deepEqual([response.status, await response.text()], [200, 'no real image']);
      assert.equal(response.headers.get('content-type'), 'image/jpeg');
      assert.equal(response.headers.get('content-disposition'), 'inline; filename="thumbnail.jpg"');
      assert.match(response.headers.get('content-security-policy')!, /^sandbox/);
    }
    const refusal = async (id: string, query: string) => {
      const response = await ask(id, query);
      return [response.status, ((await response.json()) as { errcode: string }).errcode];
    };
    assert.deepEqual(await refusal(image, 'width=32'), [400, 'M_MISSING_PARAM']);
    assert.deepEqual(await refusal(image, 'width=-1&height=32'), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(await refusal(image, 'width=1.5&height=32'), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(await refusal(image, 'width=32&height=32&method=stretch'), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(await refusal('localhost/nothing', 'width=32&height=32'), [404, 'M_NOT_FOUND']);
    const page = await upload(server, alice, '<svg/>', { type: 'image/svg+xml' });
    assert.deepEqual(await refusal(page, 'width=32&height=32'), [400, 'M_UNKNOWN']);
  } finally {
    await server.close();
  }
});
