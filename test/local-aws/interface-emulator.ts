// npm run test:lambda: a bundle behind the genuine runtime interface emulator of Lambda (from PyPI's aws-sam-cli), with
// the runtime client of these tests, or the one that LAMBDA_RUNTIME_CLIENT names (a command such as `npx aws-lambda-ric`).
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleLambda } from '../../infra/bundle.ts';
import { testDatabase } from '../kit/postgres.ts';
import { freePort } from '../kit/redis.ts';
import { restEvent } from '../lambda/deployment.ts';

const VERSION = '1.170.0';
const HOME = fileURLToPath(new URL(`../../build/aws-sam-cli-${VERSION}`, import.meta.url));
const CLIENT = fileURLToPath(new URL('../lambda/runtime-client.ts', import.meta.url));
const INSTALL_MS = 180_000;
const START_MS = 20_000;

describe('a Lambda bundle behind the runtime interface emulator', { timeout: 400_000 }, () => {
  let emulator: ChildProcess;
  let url = '';
  let output = '';
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'myelin-rie-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const database = await testDatabase();
    closers.push(() => database.drop());
    const [port, runtimePort] = [await freePort(), await freePort()];
    const bundle = await bundleLambda('client', join(folder, 'client'), 'us-east-1');
    const client = process.env['LAMBDA_RUNTIME_CLIENT']?.split(' ') ?? [process.execPath, CLIENT];
    const listeners = ['--runtime-interface-emulator-address', `127.0.0.1:${port}`];
    const runtime = ['--runtime-api-address', `127.0.0.1:${runtimePort}`];
    emulator = spawn(await emulatorBinary(), [...listeners, ...runtime, ...client, 'index.handler'], {
      cwd: bundle,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        LAMBDA_TASK_ROOT: bundle,
        AWS_LAMBDA_FUNCTION_NAME: 'client',
        AWS_LAMBDA_FUNCTION_TIMEOUT: '29',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
        AWS_REGION: 'us-east-1',
        SERVER_SECRET: JSON.stringify({ seed: 'test'.repeat(16) }),
        MYELIN_SERVER_NAME: 'lambda.test',
        MYELIN_DATABASE_URL: database.url,
        MYELIN_DATABASE_POOL_SIZE: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = () => emulator.kill('SIGKILL');
    process.once('exit', kill);
    closers.push(async () => {
      process.off('exit', kill);
      if (emulator.exitCode !== null || emulator.signalCode !== null) return;
      const ended = new Promise((resolve) => emulator.once('exit', resolve));
      kill();
      await ended;
    });
    for (const stream of [emulator.stdout, emulator.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
    await listening(port);
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  async function listening(port: number): Promise<void> {
    for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(50)) {
      if (emulator.exitCode !== null) break;
      // Anything but an invocation: that would start the function.
      const answers = await fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      );
      if (answers) return;
    }
    throw new Error(`the emulator does not start: ${output}`);
  }

  async function invoke(event: unknown): Promise<{ statusCode?: number; body?: string; errorMessage?: string }> {
    const answer = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(60_000),
    });
    return JSON.parse(await answer.text());
  }

  test('starts, answers, and answers again', async () => {
    for (let i = 0; i < 3; i++) {
      const answer = await invoke(restEvent('GET', '/_matrix/client/versions'));
      assert.equal(answer.statusCode, 200, output);
      assert.ok(JSON.parse(answer.body ?? '').versions.includes('v1.11'));
    }
    const refused = await invoke(restEvent('GET', '/_matrix/client/v3/account/whoami'));
    assert.equal(refused.statusCode, 401);
    assert.equal(JSON.parse(refused.body ?? '').errcode, 'M_MISSING_TOKEN');
  });

  test('reaches its database', async () => {
    const answer = await invoke(restEvent('GET', '/_matrix/client/v3/directory/room/%23none%3Alambda.test'));
    assert.equal(answer.statusCode, 404, output);
    assert.equal(JSON.parse(answer.body ?? '').errcode, 'M_NOT_FOUND');
  });

  test('an event that is no request is an error of the invocation, and the next is answered', async () => {
    assert.match((await invoke({ source: 'aws.events' })).errorMessage ?? '', /not an HTTP request/);
    assert.equal((await invoke(restEvent('GET', '/_matrix/client/versions'))).statusCode, 200);
  });
});

/** The emulator's program out of the wheel, which is all that is needed of it. */
async function emulatorBinary(): Promise<string> {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
  const binary = join(HOME, 'samcli/local/rapid', `aws-lambda-rie-${architecture}`);
  if (existsSync(binary)) return binary;
  const run = promisify(execFile);
  const draft = `${HOME}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', draft, `aws-sam-cli==${VERSION}`];
    await run('python3', pip, { timeout: INSTALL_MS });
    await rename(draft, HOME);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  chmodSync(binary, 0o755);
  return binary;
}
