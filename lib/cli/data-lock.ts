import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity } from '../platform/postgres/processes.ts';
import { Failure } from './failure.ts';

const fileName = 'myelin.lock';

/** What a running server leaves in its data directory for other commands. */
export interface RunningServer {
  pid: number;
  /** Tells the process from a later one with the same number. */
  identity: string;
  /** Where clients reach it, as soon as it listens. */
  url?: string;
  /** The database it uses, as soon as that runs; with its password, so the file is for its owner only. */
  databaseUrl?: string;
}

/** The data directory is ours as long as this is held. */
export interface DataLock {
  /** Tells other commands more. */
  update(facts: Pick<RunningServer, 'url' | 'databaseUrl'>): Promise<void>;
  release(): Promise<void>;
}

/** The server that runs on a data directory, or undefined. A lock left by a killed process counts for nothing. */
export async function runningServer(directory: string): Promise<RunningServer | undefined> {
  const found = await read(join(directory, fileName));
  return found !== undefined && (await isAlive(found)) ? found : undefined;
}

/**
 * Takes a data directory for this process, and makes it where it is missing.
 * @throws Failure when another process holds it
 */
export async function takeDataLock(directory: string): Promise<DataLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, fileName);
  const draft = `${file}.${process.pid}`;
  const ours: RunningServer = { pid: process.pid, identity: (await processIdentity(process.pid)) ?? '' };
  const write = async (path: string) => writeFile(path, `${JSON.stringify(ours)}\n`, { mode: 0o600 });
  try {
    await write(draft);
    // A link, unlike a file being written, appears with its content and only where there is none.
    while (!(await linked(draft, file))) await clearStale(file, directory);
  } finally {
    await rm(draft, { force: true });
  }
  return {
    async update(facts) {
      Object.assign(ours, facts);
      await write(draft);
      await rename(draft, file);
    },
    async release() {
      const now = await read(file);
      if (now?.identity === ours.identity) await rm(file, { force: true });
    },
  };
}

async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function clearStale(file: string, directory: string): Promise<void> {
  const found = await read(file);
  if (found !== undefined && (await isAlive(found))) {
    const where = found.url === undefined ? '' : `, ${found.url}`;
    throw new Failure(
      `Another Myelin is running on ${directory} (pid ${found.pid}${where}). Stop it first, or give this one a directory of its own with --data-dir.`,
    );
  }
  // Moved aside and looked at again: between the look and the removal another process may have taken the lock.
  const aside = `${file}.stale-${process.pid}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const taken = await read(aside);
  if (taken !== undefined && (await isAlive(taken))) await linked(aside, file);
  await rm(aside, { force: true });
}

async function isAlive(server: RunningServer): Promise<boolean> {
  return (await processIdentity(server.pid)) === server.identity;
}

async function read(file: string): Promise<RunningServer | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
