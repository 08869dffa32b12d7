import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Waiters } from '../../lib/domain/sync/waiters.ts';

const ROOM = 7;

/** Waiters of one room, and who of them was woken in which turn. */
function crowd(size: number) {
  const waiters = new Waiters();
  const woken: number[] = [];
  const removes = Array.from({ length: size }, (_, i) =>
    waiters.add({ userId: `@u${i}:localhost`, rooms: [ROOM], wake: () => woken.push(i) }),
  );
  return { waiters, woken, removes };
}

test('a large room is woken some at a time, so that others get their turn in between', async () => {
  const { waiters, woken } = crowd(100);
  waiters.room(ROOM);
  await turn();
  assert.ok(woken.length > 0 && woken.length < 100, `${woken.length} were woken in the first turn`);
  while (woken.length < 100) await turn();
  await turn();
  assert.deepEqual(
    [...woken].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  );
});

test('who no longer waits is not woken, although others before were', async () => {
  const { waiters, woken, removes } = crowd(100);
  waiters.room(ROOM);
  await turn();
  const before = [...woken];
  removes[99]?.();
  assert.ok(!before.includes(99));
  for (let i = 0; i < 20; i++) await turn();
  assert.equal(woken.length, 99);
});

test('something new in the meantime wakes everybody once more, at the end', async () => {
  const { waiters, woken } = crowd(40);
  waiters.room(ROOM);
  await turn();
  waiters.room(ROOM);
  for (let i = 0; i < 20; i++) await turn();
  // Whoever still had to be woken is woken once for both.
  assert.equal(new Set(woken).size, 40);
  assert.ok(woken.length > 40 && woken.length < 80);
});
