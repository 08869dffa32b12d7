import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { takeFrom } from '../../lib/platform/adapters/token-bucket.ts';
import type { Cache } from '../../lib/platform/cache.ts';

/** What every adapter of the cache has to do. */
export function cacheSuite(name: string, make: () => Promise<{ cache: Cache; stop(): Promise<void> }>): void {
  describe(`cache: ${name}`, () => {
    let cache: Cache;
    let stop: () => Promise<void>;
    let keys = 0;
    const fresh = () => `key ${keys++} ü:/`;

    before(async () => {
      ({ cache, stop } = await make());
    });
    after(() => stop());

    test('keeps, replaces and deletes', async () => {
      const key = fresh();
      assert.equal(await cache.get(key), undefined);
      await cache.set(key, 'one é', 60_000);
      assert.equal(await cache.get(key), 'one é');
      await cache.set(key, '', 60_000);
      assert.equal(await cache.get(key), '');
      await cache.delete(key);
      await cache.delete(key);
      assert.equal(await cache.get(key), undefined);
    });

    test('forgets when the time is over', async () => {
      const key = fresh();
      await cache.set(key, 'soon gone', 40);
      assert.equal(await cache.get(key), 'soon gone');
      await sleep(80);
      assert.equal(await cache.get(key), undefined);
    });

    test('counts from one, and the first call sets the end', async () => {
      const key = fresh();
      assert.deepEqual(await Promise.all([1, 2, 3].map(() => cache.increment(key, 120))), [1, 2, 3]);
      await sleep(70);
      assert.equal(await cache.increment(key, 120), 4);
      await sleep(70);
      assert.equal(await cache.increment(key, 120), 1);
    });

    test('a bucket starts full, empties, and fills with time', async () => {
      const key = fresh();
      const now = 1_700_000_000_000;
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(await cache.takeToken(key, 2, 3, now), { allowed: true, retryAfterMs: 0 });
      }
      assert.deepEqual(await cache.takeToken(key, 2, 3, now), { allowed: false, retryAfterMs: 500 });
      assert.deepEqual(await cache.takeToken(key, 2, 3, now + 400), { allowed: false, retryAfterMs: 100 });
      assert.deepEqual(await cache.takeToken(key, 2, 3, now + 500), { allowed: true, retryAfterMs: 0 });
      assert.equal((await cache.takeToken(key, 2, 3, now + 3_600_000)).allowed, true);
      assert.equal((await cache.takeToken(key, 2, 3, now + 3_600_000)).allowed, true);
      assert.equal((await cache.takeToken(key, 2, 3, now + 3_600_000)).allowed, true);
      assert.equal((await cache.takeToken(key, 2, 3, now + 3_600_000)).allowed, false);
    });

    test('a clock that runs backwards fills no bucket', async () => {
      const key = fresh();
      assert.equal((await cache.takeToken(key, 1, 1, 50_000_000)).allowed, true);
      assert.equal((await cache.takeToken(key, 1, 1, 40_000_000)).allowed, false);
      assert.equal((await cache.takeToken(key, 1, 1, 40_900_000)).allowed, false);
    });

    test('a rate of nothing means never again', async () => {
      const key = fresh();
      assert.equal((await cache.takeToken(key, 0, 1, 1_000)).allowed, true);
      const answer = await cache.takeToken(key, 0, 1, 2_000);
      assert.equal(answer.allowed, false);
      assert.ok(answer.retryAfterMs >= 60_000);
    });

    test('takers at the same moment share the tokens', async () => {
      const key = fresh();
      const answers = await Promise.all(Array.from({ length: 20 }, () => cache.takeToken(key, 1, 7, 1_000)));
      assert.equal(answers.filter((a) => a.allowed).length, 7);
    });

    test('answers as the arithmetic says, whatever the times', async () => {
      const steps = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 1, max: 6 }),
          steps,
          async (rate, burst, gaps) => {
            const key = fresh();
            let now = 1_700_000_000_000;
            let bucket: ReturnType<typeof takeFrom>['bucket'] | undefined;
            for (const gap of gaps) {
              now += gap;
              const expected = takeFrom(bucket, rate, burst, now);
              bucket = expected.bucket;
              const answer = await cache.takeToken(key, rate, burst, now);
              assert.equal(answer.allowed, expected.answer.allowed);
              assert.ok(Math.abs(answer.retryAfterMs - expected.answer.retryAfterMs) <= 1);
            }
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}
