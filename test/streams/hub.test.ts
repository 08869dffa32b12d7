import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Queryable } from '../../lib/storage/database.ts';
import { StreamHub, type StreamHubOptions } from '../../lib/streams/hub.ts';
import { until } from '../platform/until.ts';
import { FakeTable, HandBus } from './fake-stream.ts';

const NO_DATABASE = {} as Queryable;

async function follow(options: StreamHubOptions = {}, rowsBefore = 0) {
  const table = new FakeTable();
  if (rowsBefore > 0) table.append(rowsBefore);
  const bus = new HandBus();
  const errors: unknown[] = [];
  const hub = new StreamHub(NO_DATABASE, bus, {
    reorderMs: 1,
    silenceMs: 0,
    retryMs: 5,
    onError: (error) => errors.push(error),
    ...options,
  });
  await hub.follow([table.definition]);
  const seen: number[] = [];
  const ends: number[] = [];
  hub.on('push_rules', (rows, to) => {
    seen.push(...rows.map((row) => row.position));
    ends.push(to);
  });
  return { table, bus, hub, seen, ends, errors };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i + 1);

/** What happens on the way from a writer to the hub. */
type Step =
  | { kind: 'write'; rows: number; fate: 'delivered' | 'held' | 'lost' | 'twice' }
  | { kind: 'release'; which: number }
  | { kind: 'merge'; which: number }
  | { kind: 'reconnect' | 'gap' | 'pause' | 'turn' | 'fail' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      rows: fc.integer({ min: 1, max: 4 }),
      fate: fc.constantFrom(
        'delivered' as const,
        'delivered' as const,
        'held' as const,
        'lost' as const,
        'twice' as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('merge' as const), which: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('reconnect' as const, 'gap' as const, 'pause' as const, 'turn' as const, 'fail' as const),
    }),
  },
);

describe('StreamHub', () => {
  test('delivers rows of the bus at once, without asking the database', async () => {
    const { table, bus, hub, seen, ends } = await follow({}, 3);
    assert.equal(hub.position('push_rules'), 3);
    const asked = table.questions;
    bus.deliver(table.append(2));
    bus.deliver(table.append(1));
    assert.deepEqual(seen, [4, 5, 6], 'nothing from before it followed');
    assert.deepEqual(ends, [5, 6]);
    await sleep(10);
    assert.equal(table.questions, asked);
    await hub.close();
  });

  test('puts messages in order without the database when they come soon after each other', async () => {
    const { table, bus, hub, seen } = await follow({ reorderMs: 50 });
    const [first, second, third] = [table.append(2), table.append(1), table.append(3)];
    const asked = table.questions;
    bus.deliver(third);
    bus.deliver(second);
    assert.deepEqual(seen, []);
    bus.deliver(first);
    assert.deepEqual(seen, range(0, 6));
    await sleep(60);
    assert.equal(table.questions, asked);
    await hub.close();
  });

  test('reads a lost message from the database', async () => {
    const { table, bus, hub, seen } = await follow();
    table.append(2);
    bus.deliver(table.append(1));
    assert.deepEqual(seen, []);
    await until('the rows', () => seen.length === 3);
    assert.deepEqual(seen, [1, 2, 3]);
    await hub.close();
  });

  test('cuts a message that overlaps what it has', async () => {
    const { table, bus, hub, seen } = await follow();
    const first = table.append(2);
    const second = table.append(2);
    bus.deliver(first);
    bus.deliver({ ...second, from: 0, rows: [...first.rows, ...second.rows] });
    bus.deliver(second);
    assert.deepEqual(seen, [1, 2, 3, 4]);
    await hub.close();
  });

  test('rows that come while it reads the database are delivered once', async () => {
    const { table, bus, hub, seen } = await follow();
    table.append(3);
    let during = 0;
    table.beforeAnswer = async () => {
      await sleep(1);
      if (during++ < 4) bus.deliver(table.append(1));
    };
    await hub.catchUpAll();
    await until('the rows', () => seen.length === table.position);
    assert.deepEqual(seen, range(0, table.position));
    await hub.close();
  });

  test('a gap that is told of while it catches up is filled as well', async () => {
    const { table, bus, hub, seen } = await follow();
    table.append(1);
    let first = true;
    table.beforeAnswer = () => {
      if (!first) return;
      first = false;
      table.append(2);
      bus.gap();
    };
    await hub.catchUpAll();
    assert.deepEqual(seen, [1, 2, 3]);
    await hub.close();
  });

  test('a gap that is told of before the position is known is filled', async () => {
    const table = new FakeTable();
    const bus = new HandBus();
    const hub = new StreamHub(NO_DATABASE, bus, { silenceMs: 0 });
    table.beforeAnswer = () => {
      table.beforeAnswer = () => {};
      table.append(2);
      bus.gap();
    };
    await hub.follow([table.definition]);
    await until('the rows', () => hub.position('push_rules') === 2, 500);
    await hub.close();
  });

  test('after a reconnect it reads what it did not hear', async () => {
    const { table, bus, hub, seen } = await follow();
    table.append(5);
    await sleep(5);
    assert.deepEqual(seen, []);
    bus.reconnect();
    await until('the rows', () => seen.length === 5);
    assert.deepEqual(seen, range(0, 5));
    await hub.close();
  });

  test('asks the database when the bus is silent for long', async () => {
    const { table, hub, seen } = await follow({ silenceMs: 10 });
    table.append(2);
    await until('the rows', () => seen.length === 2);
    await hub.close();
  });

  test('positions without rows of their own are passed over', async () => {
    const { table, hub, bus, seen, ends } = await follow();
    // The rows have moved on to later positions, as receipts do.
    table.append(4);
    table.rows.splice(0, 3);
    bus.deliver(table.append(1));
    await until('the rows', () => seen.length === 2);
    assert.deepEqual(seen, [4, 5]);
    assert.equal(ends.at(-1), 5);
    assert.equal(hub.position('push_rules'), 5);
    await hub.close();
  });

  test('more rows than one reading takes', async () => {
    const { table, hub, seen } = await follow();
    table.append(2_500);
    await hub.catchUpAll();
    assert.deepEqual(seen, range(0, 2_500));
    await hub.close();
  });

  test('tries again when the database fails', async () => {
    const { table, bus, hub, seen, errors } = await follow();
    table.failures = 2;
    table.append(1);
    bus.deliver(table.append(1));
    await until('the rows', () => seen.length === 2);
    assert.equal(errors.length, 2);
    await hub.close();
  });

  test('a listener that throws disturbs no other', async () => {
    const { table, bus, hub, errors } = await follow();
    const late: number[] = [];
    hub.on('push_rules', () => {
      throw new Error('no');
    });
    const stop = hub.on('push_rules', (rows) => late.push(...rows.map((row) => row.position)));
    bus.deliver(table.append(1));
    stop();
    bus.deliver(table.append(1));
    assert.deepEqual(late, [1]);
    assert.equal(errors.length, 2);
    await hub.close();
  });

  test('waitFor: at once, by the bus, by the database, in vain', async () => {
    const { table, bus, hub } = await follow({ reorderMs: 5 });
    bus.deliver(table.append(2));
    assert.equal(await hub.waitFor('push_rules', 2), true);
    assert.equal(await hub.waitFor('presence', 7), true, 'a stream that is not followed');

    const heard = hub.waitFor('push_rules', 3);
    bus.deliver(table.append(1));
    assert.equal(await heard, true);

    table.append(1);
    assert.equal(await hub.waitFor('push_rules', 4, 1_000), true, 'the bus was silent');

    assert.equal(await hub.waitFor('push_rules', 1_000, 20), false);
    const asked = table.questions;
    await sleep(40);
    assert.equal(table.questions, asked, 'nobody waits any more, so nobody asks');
  });

  test('waitFor asks less and less often for what does not come', async () => {
    const { table, hub } = await follow({ retryMs: 1_000 });
    const asked = table.questions;
    assert.equal(await hub.waitFor('push_rules', 1_000, 100), false);
    assert.ok(table.questions - asked <= 8, `${table.questions - asked} questions in 100 ms`);
    await hub.close();
  });

  test('close ends waiting, reading and timers', async () => {
    const { table, bus, hub, seen } = await follow({ silenceMs: 1 });
    const waiting = hub.waitFor('push_rules', 5, 60_000);
    await hub.close();
    assert.equal(await waiting, false);
    bus.deliver(table.append(1));
    bus.reconnect();
    await sleep(5);
    assert.deepEqual(seen, []);
    assert.equal(await hub.waitFor('push_rules', 5, 60_000), false);
  });

  test('every row is delivered exactly once and in order, whatever the bus does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(3), async (steps, before) => {
        const { table, bus, hub, seen, ends } = await follow({}, before);
        const held: ReturnType<FakeTable['append']>[] = [];
        const take = (which: number) => held.splice(which % held.length, 1)[0] as (typeof held)[0];
        for (const each of steps) {
          if (each.kind === 'write') {
            const message = table.append(each.rows);
            if (each.fate === 'held') held.push(message);
            else if (each.fate !== 'lost') bus.deliver(message);
            if (each.fate === 'twice') held.push(message);
          } else if (each.kind === 'release') {
            if (held.length > 0) bus.deliver(take(each.which));
          } else if (each.kind === 'merge') {
            // A message over a stretch that others were sent for already.
            const from = each.which % (table.position + 1);
            const rows = table.rows.filter((row) => row.position > from);
            if (rows.length > 0) bus.deliver({ stream: 'push_rules', from, to: table.position, rows });
          } else if (each.kind === 'reconnect') bus.reconnect();
          else if (each.kind === 'gap') bus.gap();
          else if (each.kind === 'fail') table.failures = 1;
          else if (each.kind === 'pause') await sleep(2);
          else await new Promise((resolve) => setImmediate(resolve));
        }
        for (const message of held) bus.deliver(message);
        // One more message is heard: after it nothing may be missing.
        bus.deliver(table.append(1));
        assert.equal(await hub.waitFor('push_rules', table.position, 2_000), true);
        await hub.close();
        assert.deepEqual(seen, range(before, table.position));
        assert.deepEqual(
          ends,
          [...new Set(ends)].sort((a, b) => a - b),
          'the position only grows',
        );
      }),
      { numRuns: 150 },
    );
  });
});
