import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue, QueueHandler, ReceiveOptions } from '../../lib/platform/queue.ts';
import { until } from './until.ts';

/** A queue to test, whose messages are dead after three attempts and come back quickly after a failure. */
export interface QueueUnderTest {
  queue: Queue;
  /** Makes an empty queue and returns its name. */
  fresh(): Promise<string>;
  /** Bodies of the dead letters of a queue. */
  dead(name: string): Promise<unknown[]>;
  /** Least visibility that the platform knows. Milliseconds. */
  visibilityMs: number;
}

/** What every adapter of the queue port has to do. Call it inside of `describe`. */
export function queueSuite(get: () => QueueUnderTest): void {
  const stops: (() => Promise<void>)[] = [];
  const receive = (name: string, handler: QueueHandler, options: Partial<ReceiveOptions> = {}) => {
    const stop = get().queue.receive(name, handler, { concurrency: 4, visibilityMs: 30_000, ...options });
    stops.push(stop);
    return stop;
  };
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  test('delivers any JSON, each message, and is empty afterwards', async () => {
    const { queue, fresh } = get();
    const name = await fresh();
    const bodies = [{ a: 1, nested: { é: ['x', null, true] } }, 'text', 17, null, [], ...Array(30).fill('more')];
    for (const body of bodies) await queue.send(name, body);
    assert.equal(await queue.depth(name), bodies.length);
    const got: unknown[] = [];
    receive(name, async (body) => void got.push(body));
    await until('all delivered', () => got.length === bodies.length);
    const order = (all: unknown[]) => all.map((body) => JSON.stringify(body)).sort();
    assert.deepEqual(order(got), order(bodies));
    await until('empty', async () => (await queue.depth(name)) === 0);
  });

  test('runs no more handlers at once than allowed', async () => {
    const { queue, fresh } = get();
    const name = await fresh();
    let running = 0;
    let most = 0;
    let done = 0;
    for (let i = 0; i < 12; i++) await queue.send(name, i);
    const handler = async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(30);
      running -= 1;
      done += 1;
    };
    receive(name, handler, { concurrency: 3 });
    await until('all done', () => done === 12);
    assert.equal(most, 3);
  });

  test('tries again after a failure, counting', async () => {
    const { queue, fresh } = get();
    const name = await fresh();
    const attempts: number[] = [];
    await queue.send(name, 'stubborn');
    receive(name, async (_body, delivery) => {
      attempts.push(delivery.attempt);
      if (delivery.attempt < 3) throw new Error('not yet');
    });
    await until('the third attempt', () => attempts.length === 3, 20_000);
    assert.deepEqual(attempts, [1, 2, 3]);
    await until('empty', async () => (await queue.depth(name)) === 0);
  });

  test('gives up after three attempts and keeps the message among the dead', async () => {
    const { queue, fresh, dead } = get();
    const name = await fresh();
    let attempts = 0;
    await queue.send(name, { poison: true });
    receive(name, async () => {
      attempts += 1;
      throw new Error('never');
    });
    await until('buried', async () => (await dead(name)).length === 1, 20_000);
    assert.deepEqual(await dead(name), [{ poison: true }]);
    assert.equal(attempts, 3);
    assert.equal(await queue.depth(name), 0);
  });

  test('a message that is not done in time is delivered again, and the handler was told', async () => {
    const { queue, fresh, visibilityMs } = get();
    const name = await fresh();
    let told = false;
    const attempts: number[] = [];
    await queue.send(name, 'slow');
    receive(
      name,
      async (_body, { attempt, signal }) => {
        attempts.push(attempt);
        if (attempt > 1) return;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        told = true;
        await sleep(visibilityMs / 2);
      },
      { visibilityMs },
    );
    await until('the second delivery', () => attempts.length >= 2, 20_000);
    assert.ok(told);
    assert.equal(attempts[1], 2);
  });

  test('waits before it delivers what is delayed', async () => {
    const { queue, fresh } = get();
    const name = await fresh();
    const sent = Date.now();
    await queue.send(name, 'later', { delayMs: 1_000 });
    assert.equal(await queue.depth(name), 1);
    let at = 0;
    receive(name, async () => {
      at = Date.now();
    });
    await until('delivered', () => at > 0);
    assert.ok(at - sent >= 950, `after ${at - sent} ms`);
  });

  test('two receivers share the work', async () => {
    const { queue, fresh } = get();
    const name = await fresh();
    const got: [string, unknown][] = [];
    for (const who of ['a', 'b']) {
      receive(
        name,
        async (body) => {
          got.push([who, body]);
          await sleep(20);
        },
        { concurrency: 1 },
      );
    }
    for (let i = 0; i < 20; i++) await queue.send(name, i);
    await until('all', () => got.length === 20);
    assert.equal(new Set(got.map(([, body]) => body)).size, 20);
    assert.equal(new Set(got.map(([who]) => who)).size, 2);
  });

  test('stopping waits for the handler under way and takes nothing more', async () => {
    const { queue, fresh } = get();
    const name = await fresh();
    let started = 0;
    let finished = 0;
    const handler = async () => {
      started += 1;
      await sleep(100);
      finished += 1;
    };
    const stop = receive(name, handler, { concurrency: 1 });
    await queue.send(name, 1);
    await until('started', () => started === 1);
    await stop();
    assert.equal(finished, 1);
    await queue.send(name, 2);
    await sleep(150);
    assert.equal(started, 1);
    assert.equal(await queue.depth(name), 1);
  });

  test('queues do not mix', async () => {
    const { queue, fresh } = get();
    const [one, two] = [await fresh(), await fresh()];
    const got: unknown[] = [];
    receive(one, async (body) => void got.push(body));
    await queue.send(two, 'for two');
    await queue.send(one, 'for one');
    await until('one', () => got.length === 1);
    assert.deepEqual(got, ['for one']);
    assert.equal(await queue.depth(two), 1);
  });
}
