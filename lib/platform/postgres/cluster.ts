import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, launchAs } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { processIdentity } from './processes.ts';

/** A data directory and the password of its one user, `myelin`. */
export interface Cluster {
  data: string;
  password: string;
}

/** Name of the folder, below the one given, that holds an initialised cluster. */
export const CLUSTER = 'cluster';

/**
 * Opens the cluster in `directory`, creating it first when there is none. It is made aside and renamed into place, so
 * that an interruption leaves nothing half-made and two processes at once make one.
 */
export async function openCluster(
  directory: string,
  binaries: PostgresBinaries,
  account: Account | undefined,
): Promise<Cluster> {
  const folder = join(directory, CLUSTER);
  const version = await readFile(join(folder, 'data/PG_VERSION'), 'utf8').catch(ifMissing);
  if (version === undefined) await createCluster(directory, folder, binaries, account);
  else if (Number.parseInt(version, 10) !== binaries.major) {
    throw new Error(
      `${folder} was made by PostgreSQL ${version.trim()} and this version of Myelin comes with ${binaries.major}: dump it with the old version and restore it with this one`,
    );
  }
  return { data: join(folder, 'data'), password: (await readFile(join(folder, 'password'), 'utf8')).trim() };
}

async function createCluster(directory: string, folder: string, binaries: PostgresBinaries, account?: Account) {
  await removeAbandoned(directory);
  const identity = await processIdentity(process.pid);
  const draft = join(directory, `${CLUSTER}.new-${identity}-${randomBytes(4).toString('hex')}`);
  const password = join(draft, 'password');
  await mkdir(draft, { mode: 0o700 });
  await writeFile(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (account) {
    await chown(draft, account.uid, account.gid);
    await chown(password, account.uid, account.gid);
  }
  const data = join(draft, 'data');
  const options = ['--username=myelin', `--pwfile=${password}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  // Compares bytes, which is fast and the same everywhere, and yet knows the letters of all scripts.
  options.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions');
  await run(binaries.initdb, [`--pgdata=${data}`, '--no-sync', ...options], [draft], account);
  await run(binaries.initdb, [`--pgdata=${data}`, '--sync-only'], [draft], account);
  await syncPath(password);
  await syncPath(draft);
  try {
    await rename(draft, folder);
  } catch (error) {
    // Another process was faster: its cluster is as good.
    await rm(draft, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  await syncPath(directory);
}

async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const identity = new RegExp(`^${CLUSTER}\\.new-((\\d+)-.+)-[0-9a-f]{8}$`).exec(name);
    if (!identity || (await processIdentity(Number(identity[2]))) === identity[1]) continue;
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function run(file: string, args: string[], paths: string[], account: Account | undefined): Promise<void> {
  const launch = launchAs(account, file, args, paths);
  try {
    await promisify(execFile)(launch.file, launch.args, {
      uid: launch.uid,
      gid: launch.gid,
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    });
  } catch (error) {
    const output = (error as { stderr?: string }).stderr?.trim();
    throw new Error(`PostgreSQL could not prepare its data directory: ${output || (error as Error).message}`);
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
}

/** Makes the directory that holds everything, open to the server's account only. */
export async function prepareDirectory(directory: string, account: Account | undefined): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (account) await chown(directory, account.uid, account.gid);
  await chmod(directory, 0o700).catch((cause) => {
    throw new Error(`${directory} belongs to another user than the one that runs Myelin`, { cause });
  });
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
