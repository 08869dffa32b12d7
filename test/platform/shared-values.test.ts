import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { InProcessCache } from '../../lib/platform/adapters/in-process-cache.ts';
import { RedisCache } from '../../lib/platform/adapters/redis-cache.ts';
import type { Cache } from '../../lib/platform/cache.ts';
import { SharedValues } from '../../lib/platform/shared-values.ts';
import { cuttableRedis } from '../kit/redis.ts';
import { until } from './until.ts';

/** The same on both caches; `make` gives two processes that share one. */
function suite(name: string, make: () => Promise<{ caches: [Cache, Cache]; stop(): Promise<void> }>): void {
  describe(`shared values: ${name}`, () => {
    let one: SharedValues;
    let other: SharedValues;
    let stop: () => Promise<void>;
    before(async () => {
      const made = await make();
      stop = made.stop;
      [one, other] = made.caches.map((cache) => new SharedValues(cache)) as [SharedValues, SharedValues];
    });
    after(async () => {
      one.close();
      other.close();
      await stop();
    });
    const put = async (values: SharedValues, key: string, scope: string, value: unknown) =>
      values.keep(key, { scope, version: await values.version(scope), value }, 60_000);

    test('are seen by every process until their scope changes', async () => {
      await put(one, 'k1', 's1', { a: 1 });
      await put(one, 'k2', 's1', 'b');
      await put(one, 'k3', 's2', 'c');
      assert.deepEqual(await other.find('k1'), { a: 1 });
      await other.outdate('s1');
      assert.equal(await one.find('k1'), undefined);
      assert.equal(await one.find('k2'), undefined);
      assert.equal(await one.find('k3'), 'c');
      await one.outdateAll();
      assert.equal(await other.find('k3'), undefined);
    });

    test('what was read before a change does not come back after it', async () => {
      const version = await one.version('s3');
      // Here one process reads the database, another changes it.
      await other.outdate('s3');
      await one.keep('k4', { scope: 's3', version, value: 'old' }, 60_000);
      assert.equal(await one.find('k4'), undefined);
      assert.equal(await other.find('k4'), undefined);
      await put(other, 'k4', 's3', 'new');
      assert.equal(await one.find('k4'), 'new');
    });
  });
}

suite('in process', async () => {
  const cache = new InProcessCache();
  return { caches: [cache, cache], stop: () => cache.close() };
});

suite('Redis', async () => {
  const redis = await cuttableRedis();
  const make = () => new RedisCache({ url: redis.url, serverName: 'shared.test' });
  const caches: [Cache, Cache] = [make(), make()];
  return {
    caches,
    async stop() {
      for (const cache of caches) await cache.close();
      await redis.stop();
    },
  };
});

test('a change that the cache did not hear of is told as soon as it can be reached', async () => {
  const inner = new InProcessCache();
  let reachable = true;
  const flaky = new Proxy(inner, {
    get: (target, name) =>
      name === 'delete' && !reachable ? async () => false : Reflect.get(target, name).bind(target),
  });
  const [cutOff, reader] = [new SharedValues(flaky), new SharedValues(inner)];
  await reader.keep('k', { scope: 's', version: await reader.version('s'), value: 1 }, 60_000);
  reachable = false;
  await cutOff.outdate('s');
  assert.equal(await reader.find('k'), 1);
  reachable = true;
  await until('it is out of date', async () => (await reader.find('k')) === undefined);
  cutOff.close();
});
