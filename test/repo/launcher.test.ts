import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { root } from './tree.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A project with our launchers, dependencies that need no network, and a program of a few lines. */
function project(program: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'myelin-launcher-'));
  folders.push(folder);
  mkdirSync(join(folder, 'scripts'));
  mkdirSync(join(folder, 'lib/cli'), { recursive: true });
  for (const file of ['start.mjs', 'tool.mjs', 'install.mjs', 'runtime.mjs'])
    cpSync(join(root, 'scripts', file), join(folder, 'scripts', file));
  writeFileSync(join(folder, 'lib/cli/main.ts'), program);
  const manifest = {
    name: 'x',
    version: '1.0.0',
    type: 'module',
    dependencies: { dep: 'file:packages/dep' },
    devDependencies: { tool: 'file:packages/tool' },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const name of ['dep', 'tool']) {
    mkdirSync(join(folder, 'packages', name), { recursive: true });
    const bin = name === 'tool' ? { bin: { tool: 'index.js' } } : {};
    const package_ = { name, version: '1.2.3', main: 'index.js', type: 'module', ...bin };
    writeFileSync(join(folder, 'packages', name, 'package.json'), JSON.stringify(package_));
  }
  writeFileSync(join(folder, 'packages/dep/index.js'), 'export const word = "installed";');
  const tool = '#!/usr/bin/env node\nconsole.log("tool", ...process.argv.slice(2)); process.exitCode = 5;';
  writeFileSync(join(folder, 'packages/tool/index.js'), tool, { mode: 0o755 });
  const lock = {
    name: 'x',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': manifest,
      'node_modules/dep': { resolved: 'packages/dep', link: true },
      'node_modules/tool': { resolved: 'packages/tool', link: true, dev: true },
      'packages/dep': { version: '1.2.3' },
      'packages/tool': { version: '1.2.3', dev: true, bin: { tool: 'index.js' } },
    },
  };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  return folder;
}

interface Launched {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

function launch(folder: string, args: string[] = [], env: Record<string, string> = {}, script = 'start'): Launched {
  const child = spawn(process.execPath, [join(folder, `scripts/${script}.mjs`), ...args], {
    env: { ...process.env, npm_execpath: '', npm_config_offline: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }));
  return { child, output, ended };
}

const greeting = `
import { word } from 'dep';
const words: string[] = process.argv.slice(2);
console.log(word, ...words);
process.exitCode = 7;
`;

describe('npm start', () => {
  test('installs what is missing, once, and hands over arguments and exit code', async () => {
    const folder = project(greeting);
    const first = await launch(folder, ['--port', '1']).ended;
    assert.match(first.stderr, /Installing what is missing[\s\S]*Installed in \d+ s\./);
    assert.equal(first.stdout, 'installed start --port 1\n');
    assert.equal(first.code, 7);
    const second = await launch(folder).ended;
    assert.deepEqual({ ...second }, { code: 7, signal: null, stdout: 'installed start\n', stderr: '' });
  });

  test('installs again when the lock file has moved on', async () => {
    const folder = project(greeting);
    await launch(folder).ended;
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    assert.match((await launch(folder).ended).stderr, /Installed in/);
    assert.equal((await launch(folder).ended).stderr, '');
  });

  test('leaves what developers need to their tools, and takes it from nobody', async () => {
    const folder = project(greeting);
    const tool = join(folder, 'node_modules/tool');
    await launch(folder).ended;
    assert.ok(!existsSync(tool));
    const used = await launch(folder, ['tool', '--flag'], {}, 'tool').ended;
    assert.match(used.stderr, /Installed in/);
    assert.equal(used.stdout, 'tool --flag\n');
    assert.equal(used.code, 5);
    assert.equal((await launch(folder).ended).stderr, '');
    const noted = join(folder, 'node_modules/.package-lock.json');
    writeFileSync(noted, readFileSync(noted, 'utf8').replaceAll('1.2.3', '1.2.2'));
    assert.match((await launch(folder).ended).stderr, /Installed in/);
    assert.ok(existsSync(tool));
  });

  test('two at the same moment install once, and both run', async () => {
    const folder = project(greeting);
    const both = await Promise.all([launch(folder).ended, launch(folder).ended]);
    assert.deepEqual(
      both.map(({ stdout }) => stdout),
      ['installed start\n', 'installed start\n'],
    );
    assert.equal(both.filter(({ stderr }) => stderr.includes('Installed in')).length, 1);
    assert.ok(!existsSync(join(folder, '.install.lock')));
  });

  test('a lock that a killed installation left is no obstacle', async () => {
    const folder = project(greeting);
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    writeFileSync(join(folder, '.install.lock'), String(gone.pid));
    assert.equal((await launch(folder).ended).stdout, 'installed start\n');
  });

  test('says so in a sentence when it cannot install', async () => {
    const folder = project(greeting);
    const { code, stderr, stdout } = await launch(folder, [], { PATH: '/nowhere' }).ended;
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /could not be installed/);
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.ok(!existsSync(join(folder, '.install.lock')));
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} reaches the program, which ends as it likes`, async () => {
      const folder = project(`
        process.on('${signal}', () => { console.log('caught'); setTimeout(() => process.exit(3), 50); });
        setInterval(() => {}, 1000);
        console.log('ready');`);
      const { child, ended } = launch(folder);
      while (!String(await once(child.stdout!, 'data')).includes('ready'));
      child.kill(signal);
      const { code, stdout } = await ended;
      assert.equal(code, 3);
      assert.equal(stdout, 'ready\ncaught\n');
    });
  }
});
