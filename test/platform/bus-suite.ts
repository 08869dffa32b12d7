import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Bus, BusMessage } from '../../lib/platform/bus.ts';
import { until } from './until.ts';

/** What every adapter of the bus has to do; `make` gives buses that hear each other. */
export function busSuite(name: string, make: () => Promise<{ bus: Bus; other: Bus; stop(): Promise<void> }>): void {
  describe(`bus: ${name}`, () => {
    let bus: Bus;
    let other: Bus;
    let stop: () => Promise<void>;
    let stream: string;
    let streams = 0;

    before(async () => {
      ({ bus, other, stop } = await make());
    });
    after(() => stop());

    const message = (from: number, to = from + 1, rows: unknown[] = [{ position: to }]): BusMessage => ({
      stream,
      from,
      to,
      rows,
    });
    const fresh = () => {
      stream = `stream-${streams++}`;
    };

    test('delivers every message of a stream once and in order', async () => {
      fresh();
      const got: BusMessage[] = [];
      await bus.subscribe(stream, (m) => got.push(m));
      const sent = Array.from({ length: 200 }, (_, i) => message(i, i + 1, [{ position: i + 1, text: `é${i}` }]));
      for (const m of sent) void other.publish(m);
      await until('200 messages', () => got.length >= 200);
      assert.deepEqual(got, sent);
    });

    test('keeps streams apart', async () => {
      fresh();
      const mine: number[] = [];
      const theirs: number[] = [];
      await bus.subscribe(stream, (m) => mine.push(m.to));
      await bus.subscribe(`${stream}-longer`, (m) => theirs.push(m.to));
      await other.publish({ ...message(4), stream: `${stream}-longer` });
      await other.publish(message(0));
      await until('both', () => mine.length === 1 && theirs.length === 1);
      assert.deepEqual([mine, theirs], [[1], [5]]);
    });

    test('a listener that throws disturbs no other', async () => {
      fresh();
      const got: number[] = [];
      await bus.subscribe(stream, () => {
        throw new Error('broken listener');
      });
      await bus.subscribe(stream, (m) => got.push(m.to));
      await other.publish(message(0));
      await other.publish(message(1));
      await until('two messages', () => got.length === 2);
    });

    test('an ended subscription hears nothing, the others go on', async () => {
      fresh();
      const ended: number[] = [];
      const open: number[] = [];
      const end = await bus.subscribe(stream, (m) => ended.push(m.to));
      await bus.subscribe(stream, (m) => open.push(m.to));
      await other.publish(message(0));
      await until('the first', () => open.length === 1 && ended.length === 1);
      await end();
      await end();
      await other.publish(message(1));
      await until('the second', () => open.length === 2);
      assert.deepEqual(ended, [1]);
    });

    test('subscribes anew after all subscriptions have ended', async () => {
      fresh();
      const end = await bus.subscribe(stream, () => {});
      await end();
      const got: number[] = [];
      await bus.subscribe(stream, (m) => got.push(m.to));
      await other.publish(message(6));
      await until('the message', () => got.length === 1);
    });

    test('nobody has to listen', async () => {
      fresh();
      await bus.publish(message(0));
    });
  });
}
