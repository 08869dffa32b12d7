import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../kit/redis.ts';

const VERSION = '1.5.33';
const INSTALL_MS = 90_000;
const START_MS = 30_000;
const HOME = fileURLToPath(new URL(`../../build/ministack-${VERSION}`, import.meta.url));

/** An endpoint that answers like AWS, for S3 and SQS. */
export interface TestAws {
  /** Settings for the clients of the AWS SDK. */
  client: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    forcePathStyle: boolean;
  };
  stop(): Promise<void>;
}

/**
 * The endpoint of MYELIN_TEST_AWS_ENDPOINT, or MiniStack (MIT, from PyPI, installed once into build/). When neither can
 * be had, the reason as a string.
 */
export async function testAws(): Promise<TestAws | string> {
  const given = process.env['MYELIN_TEST_AWS_ENDPOINT'];
  if (given) return { client: clientSettings(given), stop: async () => {} };
  const python = join(HOME, 'bin/python3');
  try {
    if (!existsSync(python)) await install();
  } catch (error) {
    return `no AWS endpoint: MiniStack could not be installed (${String((error as Error).message).split('\n')[0]})`;
  }
  const port = await freePort();
  const home = await mkdtemp(join(tmpdir(), 'myelin-ministack-'));
  const child = spawn(python, ['-m', 'ministack'], {
    cwd: home,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home, BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port) },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    await ended(child);
    await rm(home, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) break;
    if (await answers(endpoint)) return { client: clientSettings(endpoint), stop };
  }
  await stop();
  return 'no AWS endpoint: MiniStack does not start';
}

async function install(): Promise<void> {
  const run = promisify(execFile);
  await mkdir(join(HOME, '..'), { recursive: true });
  // Made aside: a half installed one is never used.
  const draft = `${HOME}.${process.pid}`;
  try {
    await run('python3', ['-m', 'venv', draft], { timeout: INSTALL_MS });
    await run(join(draft, 'bin/python3'), ['-m', 'pip', 'install', '--quiet', `ministack==${VERSION}`], {
      timeout: INSTALL_MS,
    });
    await rename(draft, HOME);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_localstack/health`).then(
    (response) => response.ok,
    () => false,
  );
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

function clientSettings(endpoint: string): TestAws['client'] {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { endpoint, region: 'us-east-1', credentials, forcePathStyle: true };
}
