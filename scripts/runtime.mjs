// Runs one of the project's programs on the Node that the project pins, whatever Node the machine has.
// Everything here must work on Node 20 and may import nothing that has to be installed.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The least Node that has all the product uses: native TypeScript, `crypto.argon2`. */
const leastVersion = [24, 7];

/** Whether this very process is new enough. */
function isNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = leastVersion;
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** The pinned Node for this machine, a package of its own; undefined where there is none. */
function pinnedNode() {
  const path = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  return existsSync(path) ? realpathSync(path) : undefined;
}

/** The Node to run on. */
export function findNode() {
  const pinned = pinnedNode();
  if (pinned !== undefined) return pinned;
  if (isNewEnough()) return realpathSync(process.execPath);
  console.error(
    `Myelin needs Node ${leastVersion.join('.')} or newer. There is no packaged one for ${process.platform}-${process.arch}, ` +
      `and this is ${process.version}: please install a newer Node.`,
  );
  process.exit(1);
}

/**
 * Runs a program of the project and ends with its exit code: in this process where it is the right one, else in its
 * place, else (Node 20 cannot do that) as a child that gets our signals.
 * @param {string} entry path from the project's root
 * @param {string[]} args
 */
export async function run(entry, args) {
  const node = findNode();
  const file = join(root, entry);
  // Compiled code and stripped types are kept between starts.
  const cache = process.env.NODE_COMPILE_CACHE || join(root, 'node_modules', '.cache', 'myelin-compile');
  process.env.NODE_COMPILE_CACHE = cache;
  if (node === realpathSync(process.execPath)) {
    module.enableCompileCache?.(cache);
    process.argv = [node, file, ...args];
    await import(pathToFileURL(file).href);
    return;
  }
  if (typeof process.execve === 'function') {
    process.execve(node, [node, file, ...args], process.env);
  }
  const child = spawn(node, [file, ...args], { stdio: 'inherit' });
  /** @type {NodeJS.Signals[]} */
  const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
  for (const signal of passedOn) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${node} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}
