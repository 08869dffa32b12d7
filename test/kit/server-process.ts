import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './redis.ts';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url));
const READY_MS = 60_000;

/** A homeserver in a process of its own, with its own embedded database, that can be killed and started again. */
export interface ServerProcess {
  url: string;
  dataDirectory: string;
  /** Everything that it has printed. */
  output(): string;
  pid(): number | undefined;
  /** Starts it and waits until it answers. Returns after how many milliseconds that was. */
  start(): Promise<number>;
  /** Ends it with a signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

/**
 * Prepares a server; it is not started yet.
 * @param environment further variables that it is started with
 */
export async function serverProcess(
  config: object = {},
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'myelin-process-'));
  const port = await freePort();
  const file = join(directory, 'config.json');
  const dataDirectory = join(directory, 'data');
  await writeFile(
    file,
    JSON.stringify({
      serverName: 'localhost',
      dataDirectory,
      listen: { httpPort: port },
      enableRegistration: true,
      registrationSharedSecret: 'reg_secret',
      passwordHash: { memoryKiB: 1024, passes: 1 },
      rateLimits: false,
      log: { level: 'warn' },
      ...config,
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let output = '';
  const gone = (process: ChildProcess) =>
    process.exitCode !== null || process.signalCode !== null
      ? Promise.resolve()
      : new Promise<void>((resolve) => process.once('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals) => {
    if (!child) return;
    const ending = child;
    child = undefined;
    if (ending.exitCode === null && ending.signalCode === null) ending.kill(signal);
    await gone(ending);
  };
  return {
    url,
    dataDirectory,
    output: () => output,
    pid: () => child?.pid,
    async start() {
      const started = performance.now();
      const process_ = spawn(process.execPath, [MAIN, 'start', '--config', file], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...environment },
      });
      child = process_;
      for (const stream of [process_.stdout, process_.stderr]) stream.on('data', (chunk) => (output += chunk));
      while (performance.now() - started < READY_MS) {
        if (process_.exitCode !== null) throw new Error(`the server ended with ${process_.exitCode}: ${output}`);
        const answer = await fetch(`${url}/_matrix/client/versions`).catch(() => undefined);
        await answer?.arrayBuffer();
        if (answer?.status === 200) return performance.now() - started;
        await sleep(25);
      }
      throw new Error(`the server did not answer within ${READY_MS} ms: ${output}`);
    },
    end,
    async dispose() {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A client of a server process: a token, and requests with it that give up when the server goes away. */
export interface ProcessClient {
  userId: string;
  token: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
}

/** Registers a user at a running server. */
export async function registerClient(url: string, name: string): Promise<ProcessClient> {
  const request =
    (token?: string): ProcessClient['call'] =>
    async (method, path, body) => {
      const response = await fetch(`${url}/_matrix/client/v3${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      });
      return { status: response.status, body: await response.json() };
    };
  const answer = await request()('POST', '/register', {
    username: name,
    password: `secret-of-${name}`,
    auth: { type: 'm.login.dummy' },
  });
  if (answer.status !== 200) throw new Error(`register: ${answer.status} ${JSON.stringify(answer.body)}`);
  const token = answer.body.access_token as string;
  return { userId: answer.body.user_id, token, call: request(token) };
}
