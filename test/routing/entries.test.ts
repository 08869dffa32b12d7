import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import type { LambdaResult } from '../../lib/api/http/adapters/lambda-results.ts';
import { toRestEvent } from '../../lib/api/http/adapters/rest-event.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';

/** The client unit answers it, and there is no such user. */
const PROFILE = '/_matrix/client/v3/profile/@nobody:localhost';

async function errcode(url: string): Promise<string> {
  return ((await (await fetch(url)).json()) as { errcode: string }).errcode;
}

/** Runs `functions/<entry>` as it is deployed: the environment in, log lines out. */
describe('entries', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let directory: string;
  let env: Record<string, string>;
  const children: ChildProcess[] = [];
  before(async () => {
    database = await testDatabase();
    directory = await mkdtemp(join(tmpdir(), 'myelin-entries-'));
    env = {
      MYELIN_SERVER_NAME: 'localhost',
      MYELIN_DATABASE_URL: database.url,
      MYELIN_DATA_DIRECTORY: directory,
      MYELIN_LISTEN_HTTP_PORT: '0',
      MYELIN_REPLICATION_SECRET: 'entries',
    };
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  function run(entry: string, more: Record<string, string> = {}): ChildProcess {
    const file = new URL(`../../functions/${entry}`, import.meta.url).pathname;
    const child = spawn(process.execPath, [file], { env: { PATH: process.env['PATH'] ?? '', ...env, ...more } });
    children.push(child);
    return child;
  }

  /** The first log line with a member. */
  async function line(child: ChildProcess, member: string): Promise<Record<string, unknown>> {
    for await (const text of createInterface({ input: child.stdout! })) {
      const fields = JSON.parse(text);
      if (member in fields) return fields;
    }
    throw new Error(`the process ended without a line with ${member}`);
  }

  test('a task answers what its units serve, nothing else, and ends at SIGTERM', async () => {
    const child = run('task/index.ts', { UNITS: 'sync,typing' });
    const exit = once(child, 'exit');
    const { urls, units } = await line(child, 'urls');
    assert.equal(units, 'sync,typing');
    const base = (urls as string[])[0];
    assert.equal(await errcode(`${base}/_matrix/client/v3/sync`), 'M_MISSING_TOKEN');
    assert.equal(await errcode(`${base}${PROFILE}`), 'M_UNRECOGNIZED');
    child.kill('SIGTERM');
    assert.deepEqual(await exit, [0, null]);
  });

  test('all units in one process answer everything', async () => {
    const child = run('local/index.ts');
    const exit = once(child, 'exit');
    const { urls } = await line(child, 'urls');
    const base = (urls as string[])[0];
    assert.equal(await errcode(`${base}/_matrix/client/v3/sync`), 'M_MISSING_TOKEN');
    assert.equal(await errcode(`${base}${PROFILE}`), 'M_NOT_FOUND');
    child.kill('SIGTERM');
    assert.deepEqual(await exit, [0, null]);
  });

  test('a task that names no unit says so', async () => {
    const child = run('task/index.ts', { UNITS: 'client' });
    const said = child.stderr!.toArray();
    assert.deepEqual(await once(child, 'exit'), [2, null]);
    assert.match(Buffer.concat(await said).toString(), /"client", which is no task unit/);
  });

  test('the schema job ends well on a schema that is up to date', async () => {
    const child = run('migrate/index.ts');
    const exit = once(child, 'exit');
    assert.deepEqual((await line(child, 'applied'))['applied'], []);
    assert.deepEqual(await exit, [0, null]);
  });

  test('the fallback Lambda answers for itself and for others', async () => {
    const script = `
      const { handler } = await import('./functions/client/index.ts');
      process.on('message', async (event) => process.send(await handler(event)));
      process.send('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: new URL('../../', import.meta.url).pathname,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(child);
    await once(child, 'message');
    const call = async (rawUri: string): Promise<LambdaResult> => {
      const wire = { method: 'GET', rawUri, headers: [], ip: '192.0.2.1', requestId: 'r' };
      child.send(toRestEvent(wire, { stage: 'prod', domainName: 'x' }));
      return (await once(child, 'message'))[0];
    };
    for (const [path, code] of [
      [PROFILE, 'M_NOT_FOUND'],
      ['/_matrix/client/v3/sync', 'M_MISSING_TOKEN'],
      ['/_matrix/nothing', 'M_UNRECOGNIZED'],
    ] as const) {
      assert.equal(JSON.parse((await call(path)).body).errcode, code);
    }
  });
});
