import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chat } from './chat.ts';
import { type Deployment, deploy } from './deployment.ts';

/** `npm run test:chaos` sets more rounds. */
const ROUNDS = Number(process.env['MYELIN_TEST_CHAOS_ROUNDS'] ?? 1);

const PLACEMENT = {
  sync: { group: 'sync', count: 2 },
  'event-persister': { group: 'events', count: 2 },
};

/** The process's lease is over after 4 s; then somebody else has what it had. */
const PAST_LEASE_MS = 6_000;
const RECOVERY_MS = 20_000;

interface Disturbance {
  name: string;
  run(deployment: Deployment): Promise<void>;
}

const kill = (process: string): Disturbance => ({
  name: `kill -9 ${process}`,
  run: (deployment) => deployment.signal(process, 'SIGKILL'),
});

const pause = (process: string): Disturbance => ({
  name: `SIGSTOP ${process} past its lease, then SIGCONT`,
  async run(deployment) {
    await deployment.signal(process, 'SIGSTOP');
    await sleep(PAST_LEASE_MS);
    await deployment.signal(process, 'SIGCONT');
  },
});

const DISTURBANCES: readonly Disturbance[] = [
  kill('events-1'),
  kill('sync-1'),
  kill('writers'),
  kill('workers'),
  kill('media'),
  kill('client'),
  kill('login'),
  kill('keys'),
  kill('federation'),
  kill('gateway'),
  kill('redis'),
  pause('events-2'),
  pause('sync-2'),
  pause('writers'),
  { name: 'PostgreSQL restarts', run: (deployment) => deployment.restartPostgres(1_000) },
];

test('whatever ends, is cut or hangs: what was acknowledged is there once, and everybody sees it', async (t) => {
  // One kind of process lives an hour ahead of the others.
  const deployment = await deploy({ placement: PLACEMENT, skew: 'event-persister:3600000' });
  const chat = new Chat(deployment.url);
  try {
    await chat.prepare(3, 3);
    chat.start(40);
    await chat.progress(30, RECOVERY_MS);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, run } of DISTURBANCES) {
        const before = Date.now();
        await run(deployment);
        await chat.progress(20, RECOVERY_MS).catch((error) => {
          throw new Error(`after ${name}: ${error.message}\n${deployment.output()}`, { cause: error });
        });
        await deployment.allReady();
        t.diagnostic(`${name}: all there again after ${Date.now() - before} ms, ${chat.count} messages so far`);
      }
    }
    const report = await chat.finish();
    t.diagnostic(JSON.stringify(report));
    assert.ok(report.acknowledged > 300, `${report.acknowledged} messages were sent`);
  } catch (error) {
    chat.abort();
    for (const line of await deployment.lastWords()) t.diagnostic(line);
    throw error;
  } finally {
    await deployment.stop();
  }
});
