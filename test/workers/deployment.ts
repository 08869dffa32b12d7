import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callControl, controlSocket } from '../../lib/cli/control.ts';
import type { SupervisedProcess } from '../../lib/cli/supervisor/supervise.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../lib/platform/embedded-postgres.ts';
import { freePort } from '../kit/redis.ts';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url));
const SKEW = new URL('./skewed-clock.ts', import.meta.url).href;
const READY_MS = 120_000;
/** Lines of each log that are shown after a failure. */
const WORDS = 4;

/** A placement that runs as its users run it: `start --placement`, with a PostgreSQL of the test's own. */
export interface Deployment {
  url: string;
  databaseUrl: string;
  configFile: string;
  output(): string;
  /** What runs now. */
  processes(): Promise<SupervisedProcess[]>;
  /** Sends a signal to a process of the deployment. */
  signal(name: string, signal: NodeJS.Signals): Promise<void>;
  /** Resolves when every process takes requests. */
  allReady(): Promise<void>;
  /** Ends PostgreSQL as a failover does (connections break) and brings it back after a while. */
  restartPostgres(awayMs: number): Promise<void>;
  /** The end of every process's log, for failures. */
  lastWords(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Settings of {@link deploy}. */
export interface DeployOptions {
  placement: string | Record<string, { group: string; count: number }>;
  /** `unit:ms`: the wall clock of processes with that unit is wrong by so much. */
  skew?: string;
}

/** Starts a placement and waits until it answers. */
export async function deploy({ placement, skew }: DeployOptions): Promise<Deployment> {
  const directory = await mkdtemp(join(tmpdir(), 'myelin-deployment-'));
  const settings = { max_connections: 300, fsync: 'off', synchronous_commit: 'off' };
  const startPostgres = () => startEmbeddedPostgres({ directory: join(directory, 'postgres'), settings });
  let postgres: EmbeddedPostgres = await startPostgres();
  const port = await freePort();
  const dataDirectory = join(directory, 'data');
  const configFile = join(directory, 'config.json');
  await writeFile(
    configFile,
    JSON.stringify({
      serverName: 'localhost',
      dataDirectory,
      databaseUrl: postgres.url,
      listen: { httpPort: port },
      enableRegistration: true,
      registrationSharedSecret: 'reg_secret',
      passwordHash: { memoryKiB: 1024, passes: 1 },
      rateLimits: false,
      placement,
      log: { level: 'warn' },
    }),
  );
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '' };
  for (const name of ['NODE_COMPILE_CACHE', 'HOME']) if (process.env[name]) env[name] = process.env[name] as string;
  if (skew) Object.assign(env, { MYELIN_TEST_SKEW: skew, NODE_OPTIONS: `--import=${SKEW}` });
  const child = spawn(process.execPath, [MAIN, 'start', '--config', configFile], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGTERM');
  process.once('exit', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  await ready(child, () => output);

  const processes = async () =>
    (await callControl(controlSocket(dataDirectory), 'processes', {})) as SupervisedProcess[];
  return {
    url: `http://127.0.0.1:${port}`,
    databaseUrl: postgres.url,
    configFile,
    output: () => output,
    processes,
    async signal(name, signal) {
      const found = (await processes()).find((one) => one.name === name);
      if (found?.pid === undefined) throw new Error(`no process ${name} runs`);
      process.kill(found.pid, signal);
    },
    async allReady() {
      const deadline = Date.now() + READY_MS;
      for (;;) {
        const list = await processes();
        const missing = list.filter((one) => one.pid === undefined || (one.kind !== 'redis' && one.urls.length === 0));
        if (missing.length === 0) return;
        if (Date.now() > deadline) throw new Error(`not there again: ${missing.map((one) => one.name).join(', ')}`);
        await sleep(50);
      }
    },
    async restartPostgres(awayMs) {
      await postgres.stop();
      await sleep(awayMs);
      postgres = await startPostgres();
    },
    async lastWords() {
      const folder = join(dataDirectory, 'log');
      const words = async (file: string) => {
        const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
        const own = lines.filter((line) => line !== '' && !line.includes('"_aws"'));
        return own.slice(-WORDS).map((line) => line.slice(0, 400));
      };
      const files = await readdir(folder);
      return (
        await Promise.all(files.map(async (file) => (await words(file)).map((line) => `${file}: ${line}`)))
      ).flat();
    },
    async stop() {
      process.off('exit', kill);
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!output().includes('Myelin is running')) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`the deployment does not start:\n${output()}`);
    await sleep(50);
  }
}
