import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresQueue } from '../../lib/storage/postgres-queue.ts';
import { claimMessages, listDeadLetters, pruneDeadLetters } from '../../lib/storage/queue.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { type QueueUnderTest, queueSuite } from './queue-suite.ts';
import { until } from './until.ts';

describe('queue: Postgres', () => {
  let database: TestDatabase;
  let subject: QueueUnderTest;
  let queues = 0;

  before(async () => {
    database = await testDatabase();
    subject = {
      queue: new PostgresQueue(database.db, { maxAttempts: 3, pollMs: 20, retryMs: 10 }),
      fresh: async () => `queue-${queues++}`,
      dead: async (name) => (await listDeadLetters(database.db, name, 10)).map((letter) => letter.body),
      visibilityMs: 200,
    };
  });
  after(() => database.drop());

  queueSuite(() => subject);

  test('a second message with the same dedupe id waits for the first to be claimed', async () => {
    const queue = new PostgresQueue(database.db, { pollMs: 20 });
    await queue.send('dedupe', 1, { dedupeId: 'room' });
    await queue.send('dedupe', 2, { dedupeId: 'room' });
    await queue.send('dedupe', 3, { dedupeId: 'other' });
    await queue.send('dedupe-2', 4, { dedupeId: 'room' });
    assert.equal(await queue.depth('dedupe'), 2);
    const got: unknown[] = [];
    const stop = queue.receive('dedupe', async (body) => void got.push(body), { concurrency: 1, visibilityMs: 5_000 });
    await until('both', () => got.length === 2);
    await queue.send('dedupe', 5, { dedupeId: 'room' });
    await until('the third', () => got.length === 3);
    await stop();
    assert.deepEqual(got, [1, 3, 5]);
  });

  test('a message that kills its process each time is dead in the end', async () => {
    const queue = new PostgresQueue(database.db);
    await queue.send('crash', 'poison');
    const claim = { queue: 'crash', most: 10, visibilityMs: 1, maxAttempts: 2 };
    for (const attempts of [1, 2]) {
      assert.equal((await claimMessages(database.db, claim))[0]?.attempts, attempts);
      await sleep(10);
    }
    assert.deepEqual(await claimMessages(database.db, claim), []);
    assert.equal((await listDeadLetters(database.db, 'crash', 10))[0]?.error, 'not settled in time');
  });

  test('messages of another process are found by looking, own ones at once', async () => {
    const mine = new PostgresQueue(database.db, { pollMs: 300 });
    const theirs = new PostgresQueue(database.db);
    const times: number[] = [];
    const stop = mine.receive('wake', async () => void times.push(performance.now()), {
      concurrency: 1,
      visibilityMs: 5_000,
    });
    await sleep(50);
    const sent = performance.now();
    await mine.send('wake', 1);
    await until('own', () => times.length === 1);
    assert.ok(times[0]! - sent < 150, `after ${times[0]! - sent} ms`);
    await theirs.send('wake', 2);
    await until('theirs', () => times.length === 2, 2_000);
    await stop();
  });

  test('old dead letters are pruned', async () => {
    await database.db.query(`UPDATE queue_dead_letters SET died_at = now() - interval '40 days' WHERE queue = 'crash'`);
    assert.equal(await pruneDeadLetters(database.db, 30), 1);
    assert.deepEqual(await listDeadLetters(database.db, 'crash', 10), []);
  });
});
