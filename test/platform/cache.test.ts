import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InProcessCache } from '../../lib/platform/adapters/in-process-cache.ts';
import { RedisCache } from '../../lib/platform/adapters/redis-cache.ts';
import { cuttableRedis, testRedis } from '../kit/redis.ts';
import { cacheSuite } from './cache-suite.ts';
import { until } from './until.ts';

cacheSuite('in process', async () => {
  const cache = new InProcessCache();
  return { cache, stop: () => cache.close() };
});

cacheSuite('Redis', async () => {
  const redis = await testRedis();
  const cache = new RedisCache({ url: redis.url, serverName: `cache-${process.pid}.test` });
  const stop = async () => {
    await cache.close();
    await redis.stop();
  };
  return { cache, stop };
});

describe('cache in process', () => {
  test('is bounded by bytes and drops what was used longest ago', async () => {
    const cache = new InProcessCache(100_000);
    for (let i = 0; i < 100; i++) {
      await cache.set(`k${i}`, 'x'.repeat(2_000), 60_000);
      await cache.get('k0');
    }
    assert.equal((await cache.get('k0'))?.length, 2_000);
    assert.equal(await cache.get('k1'), undefined);
    let kept = 0;
    for (let i = 0; i < 100; i++) if (await cache.get(`k${i}`)) kept += 1;
    assert.ok(kept >= 15 && kept <= 25, `kept ${kept}`);
  });

  test('does not keep what is larger than itself', async () => {
    const cache = new InProcessCache(10_000);
    await cache.set('k', 'x'.repeat(20_000), 60_000);
    assert.equal(await cache.get('k'), undefined);
  });
});

test('cache over a Redis that goes away: misses at once, limits go on, and it comes back', async () => {
  const redis = await cuttableRedis();
  const cache = new RedisCache({ url: redis.url, serverName: 'cut.test' });
  try {
    await cache.set('k', 'v', 60_000);
    assert.equal(await cache.get('k'), 'v');
    await redis.cut();
    const started = performance.now();
    await cache.set('k', 'w', 60_000);
    assert.equal(await cache.get('k'), undefined);
    assert.deepEqual([await cache.increment('n', 60_000), await cache.increment('n', 60_000)], [1, 2]);
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await cache.takeToken('b', 1, 2, 1_000)).allowed);
    assert.deepEqual(answers, [true, true, false, false]);
    assert.ok(performance.now() - started < 600, 'a missing Redis costs no waiting');
    await redis.restore();
    await until('back', async () => {
      await cache.set('k', 'again', 60_000);
      return (await cache.get('k')) === 'again';
    });
  } finally {
    await cache.close();
    await redis.stop();
  }
});
