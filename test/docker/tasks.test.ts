import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildImage, docker, findBase } from '../kit/docker.ts';
import { testDatabase } from '../kit/postgres.ts';
import { freePort, testRedis } from '../kit/redis.ts';

const found = await findBase();
const skip = 'missing' in found ? found.missing : false;

describe('the image of task units', { skip, timeout: 900_000 }, () => {
  const container = `myelin-test-tasks-${process.pid}`;
  const closers: (() => Promise<unknown>)[] = [];
  let image = '';
  let options: string[] = [];

  before(async () => {
    if ('missing' in found) return;
    image = await buildImage(found.base, 'tasks');
    const database = await testDatabase();
    const redis = await testRedis();
    closers.push(
      () => database.drop(),
      () => redis.stop(),
    );
    const sockets = new URL(database.url).searchParams.get('host')!;
    const owner = statSync(sockets);
    const settings = {
      MYELIN_SERVER_NAME: 'tasks.test',
      MYELIN_DATABASE_URL: database.url,
      MYELIN_REDIS_URL: redis.url,
      MYELIN_REPLICATION_SECRET: 'a secret of the processes',
      MYELIN_DATA_DIRECTORY: '/tmp/myelin',
    };
    options = [
      ...['--network', 'host', '--read-only', '--tmpfs', '/tmp', '--volume', `${sockets}:${sockets}`],
      // The socket of the test's own PostgreSQL is for one user only.
      ...['--user', `${owner.uid}:${owner.gid}`],
      ...Object.entries(settings).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ];
  });
  after(async () => {
    await docker(['rm', '--force', container]).catch(() => {});
    for (const close of closers.reverse()) await close();
  });

  test('is of an ordinary user, and looks after its health', async () => {
    const [{ Config: config }] = JSON.parse(await docker(['image', 'inspect', image]));
    assert.equal(config.User, '1000:1000');
    assert.equal(config.Volumes ?? null, null);
    assert.deepEqual(config.Healthcheck.Test, ['CMD', 'node', 'health.mjs']);
  });

  test('brings the schema up to date, runs the units it is told, and ends well, on a root that it cannot write', async () => {
    const migrated = await docker(['run', '--rm', ...options, image, 'node', 'migrate.mjs']);
    assert.match(migrated, /the schema is up to date/);

    const port = await freePort();
    const units = 'sync,typing,event-persister,background';
    const more = ['--env', `UNITS=${units}`, '--env', `MYELIN_LISTEN_HTTP_PORT=${port}`];
    await docker(['run', '--detach', '--name', container, ...options, ...more, image]);
    const status = async (path: string) =>
      (await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined))?.status;
    for (let tries = 0; (await status('/health')) === undefined; tries += 1) {
      assert.ok(tries < 300, `the task does not answer: ${await docker(['logs', container])}`);
      await sleep(100);
    }
    assert.equal(await status('/_matrix/client/v3/sync'), 401);
    // A unit that is not in this task.
    assert.equal(await status('/_matrix/client/v1/media/config'), 404);
    await docker(['exec', container, 'node', 'health.mjs']);

    const told = performance.now();
    await docker(['stop', '--time', '60', container], 90_000);
    assert.ok(performance.now() - told < 30_000);
    assert.equal(await docker(['inspect', '--format', '{{.State.ExitCode}}', container]), '0');
    const log = await docker(['logs', container]);
    assert.doesNotMatch(log, /"level":(50|60)|"level":"(error|fatal)"/, log);
  });

  test('refuses units that there are none of, in a sentence', async () => {
    await assert.rejects(docker(['run', '--rm', ...options, '--env', 'UNITS=tpying', image]), /typing/);
  });
});
