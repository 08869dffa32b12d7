import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../lib/platform/embedded-postgres.ts';
import { listProcesses, processIdentity } from '../../lib/platform/postgres/processes.ts';
import { clusterTag } from '../../lib/platform/postgres/running.ts';
import { until } from './until.ts';

const CHILD = fileURLToPath(new URL('./postgres-child.ts', import.meta.url));

interface Child {
  process: ChildProcess;
  lines: string[];
  /** Resolves with the server's process id, or rejects with the child's error. */
  ready(): Promise<number>;
  kill(): Promise<void>;
}

describe('embedded PostgreSQL', () => {
  let root: string;
  let folders = 0;
  const children: Child[] = [];
  const servers: EmbeddedPostgres[] = [];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'myelin-pg-'));
    // The server's user has to reach its data where no setpriv helps.
    await chmod(root, 0o755);
    await (await startEmbeddedPostgres({ directory: join(root, 'prepared') })).stop();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill();
    for (const server of servers.splice(0)) await server.stop();
  });
  after(() => rm(root, { recursive: true, force: true }));

  const fresh = () => join(root, `data-${folders++}`);

  /** A folder with a cluster in it that was stopped cleanly. */
  function used(): string {
    const directory = fresh();
    execFileSync('cp', ['-a', join(root, 'prepared'), directory]);
    return directory;
  }

  async function start(directory: string): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({ directory });
    servers.push(server);
    return server;
  }

  function run(directory: string, mode: string, path = process.env['PATH']): Child {
    const child = spawn(process.execPath, [CHILD, directory, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PATH: path },
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
    const ready = async () => {
      await until('the child starts', () => lines.length > 0, 30_000);
      if (lines[0]!.startsWith('error')) throw new Error(lines[0]);
      return Number(lines[0]!.split(' ')[1]);
    };
    const kill = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exit;
    };
    const entry = { process: child, lines, ready, kill };
    children.push(entry);
    return entry;
  }

  async function query<T>(server: EmbeddedPostgres, sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query(sql)).rows as T[];
    } finally {
      await client.end();
    }
  }

  const processesOf = async (directory: string) => {
    const tag = clusterTag(join(directory, 'cluster/data'));
    return (await listProcesses()).filter((p) => p.command.includes(tag));
  };

  test('starts, keeps what is written, stops, and starts faster the next time', async (t) => {
    const directory = fresh();
    let started = performance.now();
    const first = await start(directory);
    const firstMs = Math.round(performance.now() - started);
    await query(first, `CREATE TABLE kept AS SELECT 'grün' AS word`);
    await first.stop();
    await first.stop();
    await first.exited;
    assert.deepEqual(await processesOf(directory), []);

    started = performance.now();
    const second = await start(directory);
    const secondMs = Math.round(performance.now() - started);
    t.diagnostic(`first start ${firstMs} ms, second start ${secondMs} ms`);
    assert.deepEqual(await query(second, 'SELECT upper(word) AS word FROM kept'), [{ word: 'GRÜN' }]);
    assert.ok(firstMs < 10_000 && secondMs < 3_000, `${firstMs} ms, ${secondMs} ms`);
  });

  test('is durable, orders by bytes, and listens to nobody else', async () => {
    const directory = used();
    const server = await start(directory);
    const settings = await query<{ name: string; setting: string }>(
      server,
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding')`,
    );
    assert.deepEqual(Object.fromEntries(settings.map((s) => [s.name, s.setting])), {
      fsync: 'on',
      full_page_writes: 'on',
      listen_addresses: '',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
    });
    assert.deepEqual(await query(server, `SELECT 'Z' < 'a' AS bytes, lower('É') AS lower`), [
      { bytes: true, lower: 'é' },
    ]);
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    assert.equal((await stat(join(directory, 'cluster/password'))).mode & 0o777, 0o600);
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    const client = new pg.Client({ connectionString: wrong.href });
    await assert.rejects(client.connect(), /password authentication failed/);
  });

  test('a second start on the same data says who has it', async () => {
    const directory = used();
    await start(directory);
    const sentence = `another Myelin is running on ${directory} (pid ${process.pid})`;
    await assert.rejects(startEmbeddedPostgres({ directory }), { message: sentence });
    const child = run(directory, 'hold');
    await assert.rejects(child.ready(), { message: `error ${sentence}` });
  });

  test('of several first starts at the same moment one wins and the others say so', async () => {
    const directory = fresh();
    const starters = [run(directory, 'hold'), run(directory, 'hold'), run(directory, 'hold')];
    const results = await Promise.allSettled(starters.map((child) => child.ready()));
    const reasons = results.flatMap((r) => (r.status === 'rejected' ? [String(r.reason)] : []));
    assert.equal(reasons.length, 2, JSON.stringify(results));
    const winner = starters[results.findIndex((r) => r.status === 'fulfilled')]!;
    for (const reason of reasons)
      assert.match(reason, new RegExp(`another Myelin is running on .* \\(pid ${winner.process.pid}\\)`));
    assert.deepEqual(
      (await readdir(directory)).filter((name) => name.includes('.new-')),
      [],
    );
  });

  // Without setpriv on the path nothing ends the server of a killed process; the next start has to.
  for (const [how, path] of [
    ['that ends with its process', process.env['PATH']],
    ['that outlives its process', dirname(process.execPath)],
  ] as const) {
    test(`kill -9 while writing, with a server ${how}: every acknowledged row is there once`, async () => {
      const directory = used();
      let acknowledged = 0;
      for (let round = 0; round < 3; round++) {
        const child = run(directory, 'write', path);
        await child.ready();
        await until('rows', () => child.lines.length > 20);
        await child.kill();
        acknowledged = Math.max(acknowledged, Number(child.lines.at(-1)));
      }
      const server = await start(directory);
      const [row] = await query<{ count: string; max: number }>(server, 'SELECT count(*), max(n) FROM written');
      assert.equal(Number(row!.count), row!.max);
      assert.ok(
        row!.max >= acknowledged && row!.max <= acknowledged + 3,
        `${row!.max} rows, ${acknowledged} acknowledged`,
      );
      await server.stop();
      assert.deepEqual(await processesOf(directory), []);
    });
  }

  test('kill -9 of process and server at once: recovers', async () => {
    const directory = used();
    const child = run(directory, 'write');
    const pid = await child.ready();
    await until('rows', () => child.lines.length > 20);
    process.kill(pid, 'SIGKILL');
    await child.kill();
    const server = await start(directory);
    const [row] = await query<{ max: number }>(server, 'SELECT max(n) FROM written');
    assert.ok(row!.max >= Number(child.lines.filter((line) => /^\d+$/.test(line)).at(-1)));
  });

  test('a lock file whose number now belongs to somebody else does not stop the start', async () => {
    const directory = used();
    await (await start(directory)).stop();
    const lock = join(directory, 'cluster/data/postmaster.pid');
    const stranger = spawn('sleep', ['60']);
    try {
      await writeFile(lock, `${stranger.pid}\n${join(directory, 'cluster/data')}\n1700000000\n5432\n`);
      await query(await start(directory), 'SELECT 1');
    } finally {
      stranger.kill();
    }
  });

  test('a process that simply ends takes its server with it', async () => {
    const directory = used();
    const child = run(directory, 'exit', dirname(process.execPath));
    await child.ready();
    await until('gone', async () => (await processesOf(directory)).length === 0);
  });

  test('a first start that was killed half-way leaves nothing in the way', async () => {
    const directory = fresh();
    const child = run(directory, 'hold');
    await until('initialising', async () =>
      (await readdir(directory).catch(() => [])).some((name) => name.includes('.new-')),
    );
    await child.kill();
    await query(await start(directory), 'SELECT 1');
    await until('cleaned', async () => !(await readdir(directory)).some((name) => name.includes('.new-')));
  });

  test('works below a path that is too long for a socket', async () => {
    const directory = join(fresh(), 'long'.repeat(30));
    await query(await start(directory), 'SELECT 1');
  });

  test('refuses data of another version in a sentence', async () => {
    const directory = fresh();
    await mkdir(join(directory, 'cluster/data'), { recursive: true });
    await writeFile(join(directory, 'cluster/data/PG_VERSION'), '15\n');
    await assert.rejects(start(directory), /was made by PostgreSQL 15 and this version of Myelin comes with 18/);
  });

  test('says why the server does not start', async () => {
    const directory = used();
    const settings = { shared_buffers: 'plenty' };
    await assert.rejects(startEmbeddedPostgres({ directory, settings }), /does not start on .*shared_buffers/s);
    assert.match(await readFile(join(directory, 'postgresql.log'), 'utf8'), /shared_buffers/);
  });
});

test('a process is known by number and start, and not once it has ended', async () => {
  const child = spawn('sleep', ['60']);
  const identity = await processIdentity(child.pid!);
  assert.match(identity!, new RegExp(`^${child.pid}-`));
  await sleep(20);
  assert.equal(await processIdentity(child.pid!), identity);
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await exit;
  assert.equal(await processIdentity(child.pid!), undefined);
});
