import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MOST_PENDING } from '../../lib/domain/media/limits.ts';
import { pruneUploads } from '../../lib/domain/media/prune-uploads.ts';
import { insertLooseBlob } from '../../lib/storage/media/loose-blobs.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { download, looseBlobs, storedFiles, upload } from './media-helpers.ts';

const DAY_MS = 24 * 3_600_000;

describe('media: ids first, files later', () => {
  let server: TestServer;
  let alice: TestUser;
  before(async () => {
    server = await testServer({ limits: { maxUploadBytes: 100_000 } });
    alice = await server.user('alice');
  });
  after(() => server.close());

  const create = async (user = alice): Promise<string> => {
    const answer = await user.call('POST', '/_matrix/media/v1/create', {});
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.content_uri.slice('mxc://'.length);
  };
  const put = async (id: string, body: RequestInit['body'], user = alice, query = '') => {
    const response = await server.fetch(`/_matrix/media/v3/upload/${id}${query}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${user.token}`, 'content-type': 'text/plain' },
      body,
    });
    return { status: response.status, body: (await response.json()) as { errcode?: string } };
  };
  const expire = (id: string) =>
    server.ctx.db.query('UPDATE media SET expires_ts = $2 WHERE media_id = $1', [id.split('/')[1], Date.now() - 1]);

  test('make an id, upload, download', async () => {
    const answer = await alice.call('POST', '/_matrix/media/v1/create');
    assert.match(answer.body.content_uri, /^mxc:\/\/localhost\/[A-Za-z0-9_-]+$/);
    assert.ok(Math.abs(answer.body.unused_expires_at - Date.now() - DAY_MS) < 60_000);
    const id = answer.body.content_uri.slice(6);
    assert.deepEqual(await put(id, 'later', alice, '?filename=l.txt'), { status: 200, body: {} });
    const response = await download(server, alice, id);
    assert.deepEqual([response.status, await response.text()], [200, 'later']);
    assert.equal(response.headers.get('content-type'), 'text/plain');
    assert.equal(response.headers.get('content-disposition'), 'inline; filename="l.txt"');
    assert.equal(await looseBlobs(server), 0);
  });

  test('whoever asks too early is told so, at once or after the time they give', async () => {
    const id = await create();
    for (const path of ['/_matrix/client/v1/media/download/', '/_matrix/media/v3/download/']) {
      const answer = await alice.call('GET', `${path}${id}?timeout_ms=0`);
      assert.deepEqual([answer.status, answer.body.errcode], [504, 'M_NOT_YET_UPLOADED']);
    }
    const started = performance.now();
    const thumbnail = `/_matrix/client/v1/media/thumbnail/${id}?width=1&height=1&timeout_ms=300`;
    assert.equal((await alice.call('GET', thumbnail)).body.errcode, 'M_NOT_YET_UPLOADED');
    const took = performance.now() - started;
    assert.ok(took >= 290 && took < 1_500, `${took} ms`);
  });

  test('whoever waits gets the file as soon as it is there', async () => {
    const id = await create();
    const waiting = [1, 2, 3].map(async () => (await download(server, alice, id)).text());
    await sleep(100);
    const started = performance.now();
    assert.equal((await put(id, 'at last')).status, 200);
    assert.deepEqual(await Promise.all(waiting), ['at last', 'at last', 'at last']);
    assert.ok(performance.now() - started < 700, `${performance.now() - started} ms`);
  });

  test('a file that came to another process is found too', async () => {
    const id = await create();
    const waiting = download(server, alice, id);
    await sleep(50);
    // What another process does: everything but waking the downloads of this one.
    const other = { ...server.ctx };
    const { fillPending } = await import('../../lib/domain/media/fill-pending.ts');
    const [serverName = '', mediaId = ''] = id.split('/');
    const body = new Blob(['from afar']).stream();
    await fillPending(
      other,
      { serverName, mediaId },
      { userId: alice.userId, contentType: 'a/b', fileName: null, body: body as never },
    );
    assert.equal(await (await waiting).text(), 'from afar');
  });

  test('a client that goes away does not go on waiting', async () => {
    const id = await create();
    const gone = new AbortController();
    const waiting = server.fetch(`/_matrix/media/v3/download/${id}`, { signal: gone.signal });
    await sleep(50);
    const started = performance.now();
    gone.abort();
    assert.equal((await waiting).status, 504);
    assert.ok(performance.now() - started < 500);
  });

  test('nothing is overwritten', async () => {
    const id = await create();
    assert.equal((await put(id, 'first')).status, 200);
    const files = await storedFiles(server);
    const again = await put(id, 'second');
    assert.deepEqual([again.status, again.body.errcode], [409, 'M_CANNOT_OVERWRITE_MEDIA']);
    assert.equal((await put(await upload(server, alice, 'whole'), 'x')).status, 409);
    assert.equal(await (await download(server, alice, id)).text(), 'first');
    assert.equal((await storedFiles(server)).length, files.length + 2);
  });

  test('of many uploads at the same time one wins, whole, and the others leave nothing', async () => {
    const id = await create();
    const before = (await storedFiles(server)).length;
    const bodies = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(50_000));
    const answers = await Promise.all(bodies.map((body) => put(id, body)));
    const statuses = answers.map((answer) => answer.status);
    assert.deepEqual(statuses.toSorted(), [200, 409, 409, 409, 409]);
    const text = await (await download(server, alice, id)).text();
    assert.equal(text, bodies[statuses.indexOf(200)]);
    assert.equal((await storedFiles(server)).length, before + 2);
    assert.equal(await looseBlobs(server), 0);
  });

  test('ids of others, of nobody, of other servers', async () => {
    const mallory = await server.user('mallory');
    const id = await create();
    const refused = await put(id, 'x', mallory);
    assert.deepEqual([refused.status, refused.body.errcode], [403, 'M_FORBIDDEN']);
    for (const other of ['localhost/abc', 'elsewhere.example/abc', 'localhost/a%2Fb']) {
      const answer = await put(other, 'x');
      assert.deepEqual([answer.status, answer.body.errcode], [404, 'M_NOT_FOUND'], other);
    }
    assert.equal((await put(id, 'mine')).status, 200);
  });

  test('too large, or broken off: the id may be tried again', async () => {
    const id = await create();
    const before = (await storedFiles(server)).length;
    const answer = await put(id, Buffer.alloc(100_001));
    assert.deepEqual([answer.status, answer.body.errcode], [413, 'M_TOO_LARGE']);
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('gone')) });
    assert.equal((await put(id, broken)).status, 400);
    assert.equal((await storedFiles(server)).length, before);
    assert.equal(await looseBlobs(server), 0);
    assert.equal((await put(id, 'fits')).status, 200);
  });

  test('ids expire', async () => {
    const id = await create();
    await expire(id);
    assert.equal((await put(id, 'x')).body.errcode, 'M_NOT_FOUND');
    assert.equal((await alice.call('GET', `/_matrix/media/v3/download/${id}`)).body.errcode, 'M_NOT_FOUND');
  });

  test('a user may have so many ids without a file', async () => {
    const bridge = await server.user('bridge');
    const calls = Array.from({ length: MOST_PENDING + 10 }, () => bridge.call('POST', '/_matrix/media/v1/create'));
    const answers = await Promise.all(calls);
    const made = answers.filter((answer) => answer.status === 200);
    const refused = answers.filter((answer) => answer.status === 429);
    assert.deepEqual([made.length, refused.length], [MOST_PENDING, 10]);
    assert.equal(refused[0]!.body.errcode, 'M_LIMIT_EXCEEDED');
    assert.ok(refused[0]!.body.retry_after_ms > 0 && refused[0]!.body.retry_after_ms <= DAY_MS);
    const id = made[0]!.body.content_uri.slice(6);
    assert.equal((await put(id, 'x', bridge)).status, 200);
    await expire(made[1]!.body.content_uri.slice(6));
    await create(bridge);
    await create(bridge);
    assert.equal((await bridge.call('POST', '/_matrix/media/v1/create')).status, 429);
    assert.equal((await alice.call('POST', '/_matrix/media/v1/create')).status, 200);
  });
});

test('what uploads left behind when a process died is removed', async () => {
  const server = await testServer();
  try {
    const alice = await server.user('alice');
    const { ctx } = server;
    const kept = await upload(server, alice, 'kept');
    const now = Date.now();
    for (const [key, age] of [
      ['local/dead.a', 2 * DAY_MS],
      ['local/dead.b', 2 * DAY_MS],
      ['local/alive.c', 1_000],
    ] as const) {
      await insertLooseBlob(ctx.db, key, now - age);
      if (key !== 'local/dead.b') await ctx.blobs.put(key, new Uint8Array(3), { contentType: 'a/b' });
    }
    const pending = (await alice.call('POST', '/_matrix/media/v1/create')).body.content_uri.slice(6);
    const expired = (await alice.call('POST', '/_matrix/media/v1/create')).body.content_uri.slice(6);
    await ctx.db.query('UPDATE media SET expires_ts = $2 WHERE media_id = $1', [
      expired.split('/')[1],
      now - 2 * DAY_MS,
    ]);

    await pruneUploads(ctx);
    assert.equal(await ctx.blobs.head('local/dead.a'), undefined);
    assert.ok(await ctx.blobs.head('local/alive.c'));
    assert.equal(await looseBlobs(server), 1);
    assert.equal(await (await download(server, alice, kept)).text(), 'kept');
    const ids = await ctx.db.query<{ media_id: string }>('SELECT media_id FROM media WHERE blob_key IS NULL');
    assert.deepEqual(ids, [{ media_id: pending.split('/')[1] }]);
  } finally {
    await server.close();
  }
});

test('an upload whose object was pruned meanwhile fails, and leaves nothing', async () => {
  const server = await testServer();
  try {
    const alice = await server.user('alice');
    let sent = 0;
    const response = await server.fetch('/_matrix/media/v3/upload', {
      method: 'POST',
      headers: { authorization: `Bearer ${alice.token}` },
      body: new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (++sent === 1) return controller.enqueue(new Uint8Array(10));
          await server.ctx.db.query('DELETE FROM loose_blobs');
          controller.close();
        },
      }),
    });
    assert.ok(response.status >= 400);
    assert.deepEqual(await server.ctx.db.query('SELECT 1 FROM media'), []);
    assert.deepEqual(await storedFiles(server), []);
  } finally {
    await server.close();
  }
});
