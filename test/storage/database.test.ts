import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';

describe('the database', () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase({ poolSize: 2 });
  });
  after(() => database.drop());

  test('a connection that is lost between two statements fails its transaction and nothing else', async () => {
    const { db } = database;
    let reached = false;
    const broken = db.tx(async (q) => {
      const [mine] = await q.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await db.query('SELECT pg_terminate_backend($1)', [mine?.pid]);
      await sleep(50);
      reached = true;
      await q.query('SELECT 1');
    });
    await assert.rejects(broken);
    assert.ok(reached);
    assert.equal(await db.tx(async (q) => (await q.query('SELECT 7 AS seven'))[0]?.seven), 7);
  });
});
