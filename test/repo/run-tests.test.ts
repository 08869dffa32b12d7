import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { root } from './tree.ts';

const base = mkdtempSync(join(tmpdir(), 'myelin-runner-'));
after(() => rmSync(base, { recursive: true, force: true }));

async function run(script: string, args: string[], env: Record<string, string | undefined> = {}) {
  // The runner below must not take itself for a test file of the one that runs this.
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

const runner = join(root, 'scripts/run-tests.ts');
const withRedis = { MYELIN_TEST_REDIS_URL: 'redis://127.0.0.1:1' };

function folder(name: string, files: Record<string, string>): string {
  const path = join(base, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

const good = `import { test } from 'node:test'; test('good', () => {}); test.skip('later', () => {});`;

describe('the test runner', () => {
  test('counts, and ends with the count', async () => {
    const path = folder('good', { 'a.test.ts': good, 'b.test.ts': good });
    const { code, lastLine, stderr } = await run(runner, ['--folder', path], withRedis);
    assert.equal(lastLine, '2 passed, 0 failed, 2 skipped', stderr);
    assert.equal(code, 0);
  });

  test('a failing test is told with its file, its name and its words', async () => {
    const bad = `import { test } from 'node:test';
      import assert from 'node:assert/strict';
      test('is bad', () => { console.log('on the way'); assert.equal(1, 2); });`;
    const path = folder('bad', { 'a.test.ts': good, 'b.test.ts': bad });
    const { code, lastLine, stdout } = await run(runner, ['--folder', path], withRedis);
    assert.equal(lastLine, '1 passed, 1 failed, 1 skipped');
    assert.equal(code, 1);
    assert.match(stdout, /b\.test\.ts\n {2}is bad\n[\s\S]*1 !== 2[\s\S]*on the way/);
  });

  test('a file that cannot be read, or ends badly, or throws too late, is a failure', async () => {
    const files = {
      'broken.test.ts': 'this is no program(',
      'exit.test.ts': `import { test } from 'node:test'; test('good', () => {}); setTimeout(() => process.exit(3), 20); await new Promise((r) => setTimeout(r, 500));`,
      'late.test.ts': `import { test } from 'node:test'; test('good', () => { setTimeout(() => { throw new Error('too late'); }, 5); });`,
    };
    const { code, lastLine, stdout } = await run(runner, ['--folder', folder('worse', files)], withRedis);
    assert.equal(code, 1);
    assert.match(lastLine ?? '', /^\d+ passed, 3 failed, 0 skipped$/);
    for (const file of Object.keys(files)) assert.ok(stdout.includes(file), file);
    assert.match(stdout, /too late/);
  });

  test('filters choose files', async () => {
    const path = folder('many', { 'rooms.test.ts': good, 'sync.test.ts': 'throw new Error("no")' });
    assert.equal((await run(runner, ['--folder', path, 'rooms'], withRedis)).lastLine, '1 passed, 0 failed, 1 skipped');
    const none = await run(runner, ['--folder', path, 'nowhere'], withRedis);
    assert.equal(none.lastLine, '0 passed, 1 failed, 0 skipped');
    assert.equal(none.code, 1);
  });

  test('settings of the caller do not reach the tests', async () => {
    const text = `import { test } from 'node:test';
      import assert from 'node:assert/strict';
      test('clean', () => { assert.equal(process.env.MYELIN_SERVER_NAME, undefined); assert.equal(process.env.MYELIN_TEST_X, '1'); });`;
    const path = folder('clean', { 'a.test.ts': text });
    const env = { ...withRedis, MYELIN_SERVER_NAME: 'example.org', MYELIN_TEST_X: '1' };
    assert.equal((await run(runner, ['--folder', path], env)).lastLine, '1 passed, 0 failed, 0 skipped');
  });
});

describe('Redis for tests', () => {
  const path = folder('redis', { 'a.test.ts': good });

  /** A PATH of its own with these programs, as shell scripts. */
  function bin(name: string, programs: Record<string, string>): string {
    const place = join(base, name);
    mkdirSync(place);
    for (const [program, script] of Object.entries(programs)) {
      writeFileSync(join(place, program), `#!/bin/sh\n${script}\n`);
      chmodSync(join(place, program), 0o755);
    }
    return place;
  }

  const env = (PATH: string) => ({ PATH, MYELIN_TEST_REDIS_URL: undefined });

  test('is there', async () => {
    const { lastLine, stderr } = await run(runner, ['--folder', path], env(bin('there', { 'redis-server': 'true' })));
    assert.equal(lastLine, '1 passed, 0 failed, 1 skipped');
    assert.equal(stderr, '');
  });

  test('is installed where apt is', async () => {
    // The list of packages is old at first, as on a fresh machine.
    const place = bin('apt', {});
    const script = `
      case "$*" in
        *update*) : > ${place}/updated ;;
        *install*) [ -e ${place}/updated ] || exit 100; : > ${place}/redis-server; /bin/chmod +x ${place}/redis-server ;;
      esac`;
    writeFileSync(join(place, 'apt-get'), `#!/bin/sh\n${script}\n`);
    writeFileSync(join(place, 'sudo'), '#!/bin/sh\nshift\nexec "$@"\n');
    for (const program of ['apt-get', 'sudo']) chmodSync(join(place, program), 0o755);
    const { lastLine, stderr } = await run(runner, ['--folder', path], env(place));
    assert.equal(lastLine, '1 passed, 0 failed, 1 skipped', stderr);
    assert.ok(existsSync(join(place, 'redis-server')));
  });

  test('is asked for where it cannot be had', async () => {
    for (const place of [bin('none', {}), bin('offline', { 'apt-get': 'exit 100', sudo: 'exit 1' })]) {
      const { code, lastLine, stderr } = await run(runner, ['--folder', path], env(place));
      assert.equal(code, 1);
      assert.equal(lastLine, '0 passed, 1 failed, 0 skipped');
      assert.match(stderr, /Install redis-server, or set MYELIN_TEST_REDIS_URL/);
    }
  });
});
