import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Redis server for tests. */
export interface TestRedis {
  url: string;
  /** Ends the server for good. Does nothing to one that was given by MYELIN_TEST_REDIS_URL. */
  stop(): Promise<void>;
}

/** A {@link TestRedis} that a test may cut off and bring back on the same port. */
export interface CuttableRedis extends TestRedis {
  /** Kills the server at once; connections break. */
  cut(): Promise<void>;
  /** Starts it again, empty. */
  restore(): Promise<void>;
}

/** The server of MYELIN_TEST_REDIS_URL, or one of our own on a free port, without persistence. */
export async function testRedis(): Promise<TestRedis> {
  const given = process.env['MYELIN_TEST_REDIS_URL'];
  return given ? { url: given, stop: async () => {} } : cuttableRedis();
}

/** Starts the system's `redis-server` on a free loopback port. Throws a sentence when it is not installed. */
export async function cuttableRedis(): Promise<CuttableRedis> {
  const port = await freePort();
  let child = await startServer(port);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const cut = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    kill();
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    cut,
    async restore() {
      child = await startServer(port);
    },
    async stop() {
      process.off('exit', kill);
      await cut();
    },
  };
}

async function startServer(port: number): Promise<ChildProcess> {
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no', '--dir', '/tmp'];
  const child = spawn('redis-server', ['--port', String(port), ...options], { stdio: 'ignore' });
  let failure: string | undefined;
  child.once('error', () => {
    failure =
      'redis-server is not installed: install it (Debian: apt install redis-server) or set MYELIN_TEST_REDIS_URL';
  });
  child.once('exit', (code) => {
    failure ??= `redis-server ended with ${code}`;
  });
  while (!(await accepts(port))) {
    if (failure) throw new Error(failure);
    await sleep(5);
  }
  child.unref();
  return child;
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

/** A TCP port of the loopback address that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => resolve(port));
      });
  });
}
