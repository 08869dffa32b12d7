import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { ReadableStream } from 'node:stream/web';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BlobRangeError, BlobSizeError, type Blobs, InvalidBlobKeyError } from '../../lib/platform/blobs.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MIB = 1024 * 1024;

/** What every adapter of the blobs port has to do. Call it inside of `describe`. */
export function blobsSuite(get: () => Blobs): void {
  const text = (value: string) => new TextEncoder().encode(value);
  const read = async (key: string, range?: { start: number; end?: number }) => {
    const found = await get().get(key, { range });
    return found && (await buffer(found.body)).toString();
  };
  const keys = async (prefix: string) => {
    const found: string[] = [];
    for await (const { key, size } of get().list(prefix)) found.push(`${key}=${size}`);
    return found.sort();
  };

  test('stores bytes and says what they are', async () => {
    const stored = await get().put('basic/one', text('hello'), { contentType: 'text/plain; charset=utf-8' });
    const sha256 = createHash('sha256').update('hello').digest('hex');
    assert.deepEqual(stored, { size: 5, sha256 });
    const found = await get().get('basic/one');
    assert.equal(found?.size, 5);
    assert.equal(found?.contentType, 'text/plain; charset=utf-8');
    assert.equal((await buffer(found!.body)).toString(), 'hello');
    assert.deepEqual(await get().head('basic/one'), { size: 5, contentType: 'text/plain; charset=utf-8' });
  });

  test('knows nothing of what is not there', async () => {
    assert.equal(await get().get('nowhere'), undefined);
    assert.equal(await get().head('no/where'), undefined);
    await get().delete('no/where');
  });

  test('stores an empty object', async () => {
    assert.equal((await get().put('empty', new Uint8Array(), { contentType: 'a/b', size: 0 })).size, 0);
    assert.equal(await read('empty'), '');
    assert.equal((await get().head('empty'))?.size, 0);
  });

  test('replaces an object, its type too', async () => {
    await get().put('again', text('first, longer'), { contentType: 'text/plain' });
    await get().put('again', text('second'), { contentType: 'text/html' });
    assert.equal(await read('again'), 'second');
    assert.deepEqual(await get().head('again'), { size: 6, contentType: 'text/html' });
  });

  test('deletes', async () => {
    await get().put('gone/soon', text('x'), { contentType: 'a/b' });
    await get().delete('gone/soon');
    assert.equal(await get().head('gone/soon'), undefined);
    assert.deepEqual(await keys('gone/'), []);
  });

  test('gives ranges', async () => {
    await get().put('ranges', text('0123456789'), { contentType: 'a/b' });
    const part = await get().get('ranges', { range: { start: 2, end: 4 } });
    assert.deepEqual([part?.size, part?.range], [10, { start: 2, end: 4 }]);
    assert.equal((await buffer(part!.body)).toString(), '234');
    assert.equal(await read('ranges', { start: 7 }), '789');
    assert.equal(await read('ranges', { start: 0, end: 0 }), '0');
    assert.equal(await read('ranges', { start: 8, end: 99 }), '89');
    await assert.rejects(read('ranges', { start: 10 }), BlobRangeError);
    await assert.rejects(read('ranges', { start: 5, end: 4 }), BlobRangeError);
  });

  test('lists by prefix, whatever the depth', async () => {
    for (const key of ['list/a', 'list/ab', 'list/b/c', 'list/b/d/e', 'listed']) {
      await get().put(key, text(key), { contentType: 'a/b' });
    }
    assert.deepEqual(await keys('list/'), ['list/a=6', 'list/ab=7', 'list/b/c=8', 'list/b/d/e=10']);
    assert.deepEqual(await keys('list/a'), ['list/a=6', 'list/ab=7']);
    assert.deepEqual(await keys('list'), ['list/a=6', 'list/ab=7', 'list/b/c=8', 'list/b/d/e=10', 'listed=6']);
    assert.deepEqual(await keys('list/b/d/'), ['list/b/d/e=10']);
    assert.deepEqual(await keys('none/'), []);
  });

  test('refuses keys that could lead elsewhere', async () => {
    const bad = [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '..',
      'a/../b',
      '../a',
      'a/.hidden',
      'a\\b',
      'a b',
      'é',
      'a\0b',
      '~x',
      'a'.repeat(513),
    ];
    for (const key of bad) {
      await assert.rejects(get().put(key, text('x'), { contentType: 'a/b' }), InvalidBlobKeyError, key);
      await assert.rejects(get().get(key), InvalidBlobKeyError, key);
      await assert.rejects(get().head(key), InvalidBlobKeyError, key);
      await assert.rejects(get().delete(key), InvalidBlobKeyError, key);
    }
  });

  test('takes a stream of unknown size, in parts, without holding it whole', async () => {
    const chunk = randomBytes(MIB);
    const hash = createHash('sha256');
    let pulled = 0;
    let peak = 0;
    const before = process.memoryUsage();
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        // What waits to be collected is not held.
        if (pulled % 16 === 15) collect();
        const memory = process.memoryUsage();
        peak = Math.max(peak, memory.arrayBuffers - before.arrayBuffers);
        if (pulled === 96) controller.close();
        else {
          pulled += 1;
          hash.update(chunk);
          controller.enqueue(Uint8Array.from(chunk));
        }
      },
    });
    const stored = await get().put('large', body, { contentType: 'a/b' });
    assert.deepEqual(stored, { size: 96 * MIB, sha256: hash.digest('hex') });
    assert.ok(peak < 80 * MIB, `held ${Math.round(peak / MIB)} MiB`);
    const back = createHash('sha256');
    const found = await get().get('large');
    for await (const part of found!.body) back.update(part);
    assert.equal(back.digest('hex'), stored.sha256);
    await get().delete('large');
  });

  test('a body that fails leaves what was there before', async () => {
    await get().put('kept', text('before'), { contentType: 'text/plain' });
    for (const chunks of [1, 20]) {
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 1;
          if (sent > chunks) controller.error(new Error('the client hung up'));
          else controller.enqueue(new Uint8Array(MIB));
        },
      });
      await assert.rejects(get().put('kept', body, { contentType: 'a/b' }), /the client hung up/);
    }
    assert.equal(await read('kept'), 'before');
    assert.deepEqual(await get().head('kept'), { size: 6, contentType: 'text/plain' });
  });

  test('a body of another size than announced is refused', async () => {
    for (const size of [4, 6]) {
      await assert.rejects(get().put('sized', text('five!'), { contentType: 'a/b', size }), BlobSizeError);
    }
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
      cancel() {
        cancelled = true;
      },
    });
    await assert.rejects(get().put('sized', endless, { contentType: 'a/b', size: 5_000 }), BlobSizeError);
    assert.ok(cancelled, 'the rest is not read');
    assert.equal(await get().head('sized'), undefined);
  });

  test('writers of one key at the same time: one of them wins, whole', async () => {
    const bodies = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000));
    await Promise.all(bodies.map((body) => get().put('raced', text(body), { contentType: 'a/b' })));
    assert.ok(bodies.includes((await read('raced'))!));
  });

  test('a body that is not read to its end does no harm', async () => {
    await get().put('partly', new Uint8Array(3 * MIB), { contentType: 'a/b' });
    const found = await get().get('partly');
    const reader = found!.body.getReader();
    await reader.read();
    await reader.cancel();
    assert.equal((await get().head('partly'))?.size, 3 * MIB);
  });
}
