import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { InProcessBus } from '../../lib/platform/adapters/in-process-bus.ts';
import { RedisBus, type RedisBusOptions } from '../../lib/platform/adapters/redis-bus.ts';
import type { BusMessage } from '../../lib/platform/bus.ts';
import { type CuttableRedis, cuttableRedis, testRedis } from '../kit/redis.ts';
import { busSuite } from './bus-suite.ts';
import { until } from './until.ts';

busSuite('in process', async () => {
  const bus = new InProcessBus();
  return { bus, other: bus, stop: () => bus.close() };
});

busSuite('Redis', async () => {
  const redis = await testRedis();
  const bus = new RedisBus({ url: redis.url, serverName: 'bus.test' });
  const other = new RedisBus({ url: redis.url, serverName: 'bus.test' });
  // The publisher of `other` connects on its own; what it sent before would be made up for by a hint.
  await until('connected', async () => {
    let heard = false;
    const end = await bus.subscribe('probe', () => {
      heard = true;
    });
    await other.publish({ stream: 'probe', from: 0, to: 1, rows: [] });
    await sleep(20);
    await end();
    return heard;
  });
  const stop = async () => {
    await bus.close();
    await other.close();
    await redis.stop();
  };
  return { bus, other, stop };
});

describe('bus in process', () => {
  test('delivers before publish returns', async () => {
    const bus = new InProcessBus();
    const got: number[] = [];
    await bus.subscribe('s', (m) => got.push(m.to));
    bus.publish({ stream: 's', from: 0, to: 1, rows: [] });
    assert.deepEqual(got, [1]);
  });

  test('what a listener publishes comes after, for every listener', async () => {
    const bus = new InProcessBus();
    const first: number[] = [];
    const second: number[] = [];
    await bus.subscribe('s', (m) => {
      first.push(m.to);
      if (m.to === 1) bus.publish({ stream: 's', from: 1, to: 2, rows: [] });
    });
    await bus.subscribe('s', (m) => second.push(m.to));
    bus.publish({ stream: 's', from: 0, to: 1, rows: [] });
    assert.deepEqual(
      [first, second],
      [
        [1, 2],
        [1, 2],
      ],
    );
  });

  test('reports a failing listener', async () => {
    const failures: unknown[] = [];
    const bus = new InProcessBus((error, stream) => failures.push([String(error), stream]));
    await bus.subscribe('s', () => {
      throw new Error('no');
    });
    bus.publish({ stream: 's', from: 0, to: 1, rows: [] });
    assert.deepEqual(failures, [['Error: no', 's']]);
  });
});

describe('bus over a Redis that goes away', () => {
  let redis: CuttableRedis;
  const open: RedisBus[] = [];

  before(async () => {
    redis = await cuttableRedis();
  });
  after(async () => {
    for (const bus of open) await bus.close();
    await redis.stop();
  });

  function connect(options: Partial<RedisBusOptions> = {}): RedisBus {
    const bus = new RedisBus({ url: redis.url, serverName: 'cut.test', pingMs: 200, ...options });
    open.push(bus);
    return bus;
  }

  /** A reader as streams use it: `to` of messages, `gap` for what it must read from the database. */
  async function follow(bus: RedisBus, stream: string): Promise<(number | 'gap' | 'back')[]> {
    const heard: (number | 'gap' | 'back')[] = [];
    bus.onReconnect(() => heard.push('back'));
    await bus.subscribe(
      stream,
      (m: BusMessage) => heard.push(m.to),
      () => heard.push('gap'),
    );
    return heard;
  }

  async function publishUntilHeard(writer: RedisBus, stream: string, heard: unknown[], to: number): Promise<void> {
    await until(`${to} heard`, async () => {
      await writer.publish({ stream, from: to - 1, to, rows: [{}] });
      await sleep(20);
      return heard.includes(to);
    });
  }

  test('after a cut readers are told once to catch up, and messages flow again', async () => {
    const heard = await follow(connect(), 'events');
    const writer = connect();
    await publishUntilHeard(writer, 'events', heard, 1);
    await redis.cut();
    await sleep(50);
    heard.length = 0;
    // Publishing into the void neither throws nor hangs.
    const started = performance.now();
    for (let i = 2; i < 50; i++) await writer.publish({ stream: 'events', from: i - 1, to: i, rows: [{}] });
    assert.ok(performance.now() - started < 1_000, 'publish does not wait for Redis');
    await redis.restore();
    await until('told to catch up', () => heard.includes('back'));
    await publishUntilHeard(writer, 'events', heard, 50);
    assert.equal(heard.filter((h) => h === 'back').length, 1);
    assert.ok(!heard.some((h) => typeof h === 'number' && h < 50), 'nothing of the cut comes late as if it were new');
  });

  test('a writer that alone was cut off makes up for it with a hint', async () => {
    const heard = await follow(connect(), 'receipts');
    const writer = connect();
    await publishUntilHeard(writer, 'receipts', heard, 1);
    heard.length = 0;
    const fresh = connect();
    // Not connected yet: the message cannot be sent.
    await fresh.publish({ stream: 'receipts', from: 1, to: 2, rows: [{}] });
    await until('the hint', () => heard.includes('gap'));
    assert.deepEqual(heard, ['gap']);
  });

  test('subscribes while Redis is down and hears when it comes', async () => {
    await redis.cut();
    const started = performance.now();
    const bus = connect();
    const heard = await follow(bus, 'presence');
    assert.ok(performance.now() - started < 4_000, 'subscribe does not wait for ever');
    await redis.restore();
    await until('told to catch up', () => heard.includes('back'));
    await publishUntilHeard(connect(), 'presence', heard, 7);
  });

  test('a reader that Redis cuts off, as it does with slow ones, is told to catch up', async () => {
    const heard = await follow(connect(), 'device_lists');
    const writer = connect();
    await publishUntilHeard(writer, 'device_lists', heard, 1);
    heard.length = 0;
    const admin = new Redis(redis.url);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    admin.disconnect();
    await until('told to catch up', () => heard.includes('back'));
    await publishUntilHeard(writer, 'device_lists', heard, 2);
  });

  test('rows that are too large travel as a hint', async () => {
    const heard = await follow(connect(), 'to_device');
    const writer = connect();
    await publishUntilHeard(writer, 'to_device', heard, 1);
    heard.length = 0;
    await writer.publish({ stream: 'to_device', from: 1, to: 2, rows: [{ body: 'x'.repeat(1024 * 1024) }] });
    await writer.publish({ stream: 'to_device', from: 2, to: 3, rows: [{ body: 'x'.repeat(1000 * 1024) }] });
    await until('both', () => heard.length === 2);
    assert.deepEqual(heard, ['gap', 3]);
  });

  test('what waits to be sent is bounded', async () => {
    const heard = await follow(connect(), 'account_data');
    const writer = connect({ maxPendingBytes: 10_000 });
    await publishUntilHeard(writer, 'account_data', heard, 1);
    heard.length = 0;
    const rows = [{ body: 'x'.repeat(4_000) }];
    await Promise.all([2, 3, 4, 5].map((to) => writer.publish({ stream: 'account_data', from: to - 1, to, rows })));
    await until('all four', () => heard.length === 4);
    assert.deepEqual(heard, [2, 3, 'gap', 'gap']);
  });

  test('servers on one Redis do not hear each other', async () => {
    const heard = await follow(connect({ serverName: 'a.test' }), 'typing');
    const stranger = connect({ serverName: 'b.test' });
    await sleep(50);
    await stranger.publish({ stream: 'typing', from: 0, to: 1, rows: [] });
    await publishUntilHeard(connect({ serverName: 'a.test' }), 'typing', heard, 9);
    assert.ok(!heard.includes(1));
  });
});
