import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inProcess } from '../../lib/api/http/adapters/in-process.ts';
import { buildApp } from '../../lib/api/http/app.ts';
import type { OpenContext } from '../../lib/domain/create-context.ts';
import { FRONT_UNITS } from '../../lib/routing/unit-names.ts';
import { claimLeases } from '../../lib/storage/streams/leases.ts';
import { readDirectory } from '../../lib/storage/streams/processes.ts';
import { clientsOf, makeRoom, type TestUser } from '../kit/server.ts';
import { until } from '../platform/until.ts';
import { type Cluster, cluster } from './cluster.ts';
import { assertOneChain, Talk } from './talk.ts';

const ROOMS = 12;
/** Longest time that a request may take while slots move: the owner finishes what it has and says who is next. */
const MOST_DELAY_MS = 2_000;

describe('event persisters', () => {
  let all: Cluster;
  let users: TestUser[];
  let rooms: string[];
  let persisters: OpenContext[];
  const talks: Talk[] = [];

  before(async () => {
    all = await cluster();
    persisters = [await all.open(['event-persister'])];
    await all.open(['typing', 'to-device', 'account-data', 'receipts', 'presence']);
    const front = await all.open(FRONT_UNITS);
    const { user } = clientsOf(front, inProcess(buildApp(front, FRONT_UNITS)));
    users = await Promise.all(['ann', 'ben', 'cid'].map((name) => user(name)));
    rooms = [];
    for (let i = 0; i < ROOMS; i++) rooms.push(await makeRoom(users[i % users.length] as TestUser));
  });
  after(() => all.close());

  /** Slots by owner, as the database says. */
  async function shares(): Promise<number[]> {
    const { leases } = await readDirectory(all.database.db);
    const slots = leases.filter((lease) => lease.unit === 'event-persister');
    return [...Map.groupBy(slots, (lease) => lease.owner).values()].map((own) => own.length).sort((a, b) => a - b);
  }
  const shared = (...wanted: number[]) =>
    until(`shares of ${wanted}`, async () => (await shares()).join() === wanted.join(), 20_000);

  test('from one to four to two, while people talk: no request fails, and none waits long', async (t) => {
    await shared(64);
    const talk = new Talk(users, rooms);
    talks.push(talk);
    for (let i = 0; i < 3; i++) persisters.push(await all.open(['event-persister']));
    await shared(16, 16, 16, 16);
    await sleep(300);
    const leaving = persisters.splice(0, 2);
    for (const ctx of leaving) {
      // As a process does that gets SIGTERM.
      await ctx.handOver();
      await ctx.close();
    }
    await shared(32, 32);
    await sleep(300);
    await talk.end();
    t.diagnostic(`${talk.told.length} messages, the slowest in ${talk.slowestMs} ms`);
    assert.deepEqual(talk.failures, []);
    assert.ok(talk.slowestMs < MOST_DELAY_MS, `one waited ${talk.slowestMs} ms`);
    await assertOneChain(all.database.db, talks);
  });

  test('two that both take a slot for theirs: one writes, and nothing is lost or doubled', async (t) => {
    const { db } = all.database;
    const owners = [...new Set((await readDirectory(db)).leases.map((lease) => lease.owner))];
    const pair: string[] = [];
    for (const { process, units } of (await readDirectory(db)).processes) {
      if (units.includes('event-persister') && owners.includes(process)) pair.push(process);
    }
    assert.equal(pair.length, 2);
    const talk = new Talk(users, rooms);
    talks.push(talk);
    const shards = Array.from({ length: 64 }, (_, slot) => slot);
    for (let i = 0; i < 8; i++) {
      // Behind the back of the owner, which goes on for up to a second in the belief that the slots are its own.
      await claimLeases(db, { unit: 'event-persister', shards, process: pair[i % 2] as string, force: true });
      await sleep(400);
    }
    await talk.end();
    t.diagnostic(`${talk.told.length} messages, the slowest in ${talk.slowestMs} ms`);
    assert.deepEqual(talk.failures, []);
    assert.ok(talk.told.length > 20);
    await assertOneChain(db, talks);
  });
});
