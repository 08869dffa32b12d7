import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { testDatabase } from '../kit/postgres.ts';
import { freePort } from '../kit/redis.ts';
import { mainFile, runCli, spawnCli } from './run-cli.ts';

const base = mkdtempSync(join(tmpdir(), 'myelin-start-'));
after(() => rmSync(base, { recursive: true, force: true }));

const running: ReturnType<typeof spawnCli>[] = [];
after(() => {
  for (const { child } of running) child.kill('SIGKILL');
});

let count = 0;
function dataDirectory(): string {
  return join(base, `data-${++count}`);
}

/** Starts a server on a free port and waits until it says that it runs. */
async function started(directory: string, args: string[] = [], env: Record<string, string> = {}) {
  const port = await freePort();
  const cli = spawnCli(['start', '--data-dir', directory, '--port', String(port), ...args], { cwd: base, env });
  running.push(cli);
  await cli.shows('Ctrl-C');
  return { ...cli, port, url: `http://127.0.0.1:${port}` };
}

async function login(url: string, user: string, password: string) {
  const body = JSON.stringify({ type: 'm.login.password', identifier: { type: 'm.id.user', user }, password });
  const response = await fetch(`${url}/_matrix/client/v3/login`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

describe('npm start', () => {
  test('prints where it is, how to make a user and how to stop; stops within ten seconds', async () => {
    const directory = dataDirectory();
    const { child, output, ended, url } = await started(directory);
    assert.match(output.stdout, /Myelin is running/);
    assert.ok(output.stdout.includes(url));
    assert.ok(output.stdout.includes(directory));
    assert.match(output.stdout, /npm run myelin -- user add alice --data-dir /);
    assert.equal((await fetch(`${url}/_matrix/client/versions`)).status, 200);
    assert.equal(statSync(join(directory, 'signing.key')).mode & 0o077, 0);

    const at = Date.now();
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.ok(Date.now() - at < 10_000);
    assert.ok(!existsSync(join(directory, 'myelin.lock')));
  });

  test('a long poll does not hold it up', async () => {
    const directory = dataDirectory();
    const { child, ended, url } = await started(directory);
    await runCli(['user', 'add', 'alice', '--data-dir', directory], { cwd: base });
    const token = (await runCli(['token', 'user', 'alice', '--data-dir', directory], { cwd: base })).stdout.trim();
    const headers = { authorization: `Bearer ${token}` };
    const sync = `${url}/_matrix/client/v3/sync`;
    const first = (await (await fetch(sync, { headers })).json()) as { next_batch: string };
    const poll = fetch(`${sync}?timeout=30000&since=${first.next_batch}`, { headers }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const at = Date.now();
    child.kill('SIGINT');
    assert.equal((await ended).code, 0);
    assert.ok(Date.now() - at < 10_000);
    await poll;
  });

  test('a second one on the same data says so and ends with 1', async () => {
    const directory = dataDirectory();
    const first = await started(directory);
    const second = await runCli(['start', '--data-dir', directory, '--port', '0'], { cwd: base });
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`Another Myelin is running on .*pid ${first.child.pid}`));
    assert.doesNotMatch(second.stderr, /^\s+at /m);
    first.child.kill('SIGTERM');
    await first.ended;
  });

  test('after kill -9 the same data is there at once', async () => {
    const directory = dataDirectory();
    const first = await started(directory);
    const made = await runCli(['user', 'add', 'alice', '--password-stdin', '--data-dir', directory], {
      cwd: base,
      input: 'a long password\n',
    });
    assert.equal(made.stdout, '✓ @alice:localhost\n', made.stderr);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const key = readFileSync(join(directory, 'signing.key'), 'utf8');
    const second = await started(directory);
    assert.equal(readFileSync(join(directory, 'signing.key'), 'utf8'), key);
    const answer = await login(second.url, 'alice', 'a long password');
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body['user_id'], '@alice:localhost');
    second.child.kill('SIGTERM');
    await second.ended;
  });

  test('a port that is taken is a sentence, and leaves nothing behind', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const directory = dataDirectory();
    const { code, stderr } = await runCli(['start', '--data-dir', directory, '--port', String(port)], { cwd: base });
    blocker.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}: something else listens there already`));
    assert.ok(!existsSync(join(directory, 'myelin.lock')));
  });

  test('a database that does not answer is a sentence without its password', async () => {
    const port = await freePort();
    const url = `postgres://u:hunter2@127.0.0.1:${port}/none`;
    const { code, stderr } = await runCli(['start', '--data-dir', dataDirectory(), '--port', '0'], {
      cwd: base,
      env: { MYELIN_DATABASE_URL: url },
    });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}: nothing answers there`));
    assert.doesNotMatch(stderr, /hunter2/);
  });

  test('data of one server name is refused to another', async () => {
    const directory = dataDirectory();
    await runCli(['user', 'add', 'alice', '--data-dir', directory], { cwd: base });
    const { code, stderr } = await runCli(['start', '--data-dir', directory, '--server-name', 'other.example'], {
      cwd: base,
    });
    assert.equal(code, 1);
    assert.match(stderr, /belongs to the server "localhost"/);
  });

  test('a killed npm takes its server with it', async () => {
    const directory = dataDirectory();
    const args = [mainFile, 'start', '--data-dir', directory, '--port', '0'];
    const code = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ${JSON.stringify(args)}, { stdio: 'inherit' });
      setInterval(() => {}, 1000);`;
    const env = { ...process.env, npm_lifecycle_event: 'start' };
    const npm = spawn(process.execPath, ['-e', code], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let shown = '';
    for await (const chunk of npm.stdout) {
      shown += chunk;
      if (shown.includes('Ctrl-C')) npm.kill('SIGKILL');
    }
    // Standard output ends with the server.
    assert.match(shown, /npm has ended: stopping/);
    assert.ok(!existsSync(join(directory, 'myelin.lock')));
  });

  test('one database takes one server; the next may come when it has been killed', async () => {
    const { url, drop } = await testDatabase();
    const env = { MYELIN_DATABASE_URL: url };
    const first = await started(dataDirectory(), [], env);
    const second = await runCli(['start', '--data-dir', dataDirectory(), '--port', '0'], { cwd: base, env });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /Another Myelin is running on postgres/);
    first.child.kill('SIGKILL');
    await first.ended;
    const third = await started(dataDirectory(), [], env);
    third.child.kill('SIGTERM');
    assert.equal((await third.ended).code, 0);
    await drop();
  });
});

describe('users and tokens', () => {
  test('are made while the server runs and while it does not', async () => {
    const directory = dataDirectory();
    const flags = ['--data-dir', directory];
    const before = await runCli(['user', 'add', 'early', '--admin', ...flags], { cwd: base });
    assert.match(before.stdout, /^✓ @early:localhost \(administrator\)\n {2}password: \S{16,}\n$/, before.stderr);
    const { child, ended, url } = await started(directory);
    await runCli(['user', 'add', '@late:localhost', '--display-name', 'Late', ...flags], { cwd: base });
    for (const name of ['early', 'late']) {
      const token = (await runCli(['token', 'user', name, ...flags], { cwd: base })).stdout.trim();
      const headers = { authorization: `Bearer ${token}` };
      const whoami = await fetch(`${url}/_matrix/client/v3/account/whoami`, { headers });
      assert.equal(((await whoami.json()) as { user_id: string }).user_id, `@${name}:localhost`);
    }
    const again = await runCli(['user', 'add', 'late', ...flags], { cwd: base });
    assert.equal(again.code, 1);
    assert.match(again.stderr, /taken/);
    const foreign = await runCli(['user', 'add', '@x:elsewhere', ...flags], { cwd: base });
    assert.match(foreign.stderr, /not of this server/);
    const nobody = await runCli(['token', 'user', 'nobody', ...flags], { cwd: base });
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /There is no user @nobody:localhost/);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
  });
});
