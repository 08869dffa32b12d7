import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchAs } from '../../platform/postgres/account.ts';
import { Failure } from '../failure.ts';
import { freePort } from './free-port.ts';

/** A Redis of this server's own. */
export interface PrivateRedis {
  url: string;
  pid(): number | undefined;
  /** How often it was started again. */
  restarts(): number;
  stop(): Promise<void>;
}

const PROGRAMS = ['redis-server', 'valkey-server'];
const START_MS = 10_000;
const PAUSE_MS = 200;

/**
 * Starts a Redis that nobody else uses: on the loopback address, on a free port, with a password that only this server
 * knows, without files. It is started again when it ends by itself.
 * @throws Failure when the machine has none
 */
export async function startPrivateRedis(onDeath: (sentence: string) => void): Promise<PrivateRedis> {
  const program = PROGRAMS.map(onPath).find((path) => path !== undefined);
  if (program === undefined) {
    throw new Failure(
      'Several processes need Redis between them, and there is no redis-server on the PATH. Install it (Debian: apt install redis-server), name a server with redisUrl, or run everything in one process with --placement one.',
    );
  }
  const port = await freePort();
  const password = randomBytes(18).toString('base64url');
  let child: ChildProcess | undefined;
  let stopping = false;
  let restarts = 0;
  const start = () => {
    // The password is not for the list of processes: the settings go in by standard input.
    const launch = launchAs(undefined, program, ['-'], []);
    const started = spawn(launch.file, launch.args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    started.stdin?.on('error', () => {});
    started.stdin?.end(settings(port, password));
    started.once('error', () => {});
    started.once('exit', (code, signal) => {
      if (stopping) return;
      onDeath(`Redis (pid ${started.pid}) ended with ${signal ?? `exit code ${code}`}; starting it again`);
      setTimeout(() => {
        if (stopping) return;
        restarts++;
        start();
      }, PAUSE_MS);
    });
    child = started;
  };
  const kill = () => child?.kill('SIGKILL');
  process.once('exit', kill);
  start();
  const deadline = Date.now() + START_MS;
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw new Failure(`${program} does not start.`);
    await sleep(10);
  }
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    pid: () => child?.pid,
    restarts: () => restarts,
    async stop() {
      stopping = true;
      process.off('exit', kill);
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGTERM');
      const force = setTimeout(() => child?.kill('SIGKILL'), 2_000);
      await gone;
      clearTimeout(force);
    },
  };
}

function settings(port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'protected-mode yes',
    'save ""',
    'appendonly no',
    'daemonize no',
    'dir /tmp',
    'maxmemory 128mb',
    'maxmemory-policy allkeys-lru',
    '',
  ].join('\n');
}

function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}
