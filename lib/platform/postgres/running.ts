import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses, type ProcessEntry, processIdentity, signal } from './processes.ts';

const STOP_MS = 30_000;

/** The `cluster_name` of the server on a data directory; it marks all of its processes. */
export function clusterTag(data: string): string {
  return `myelin-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`;
}

/**
 * Makes sure that no server runs on a data directory before one is started there. A server whose Myelin was killed is
 * stopped cleanly; lock files whose process is gone, or now is something else, are removed.
 *
 * @throws Error with a sentence when a living Myelin, or somebody else's server, uses the directory.
 */
export async function clearTheWay(directory: string, data: string, socket: string): Promise<void> {
  const tag = clusterTag(data);
  const all = await listProcesses();
  for (const entry of all.filter((p) => p.command.includes(`cluster_name=${tag}`))) {
    const owner = /myelin\.owner=((\d+)-\S+)/.exec(entry.command);
    if (owner && (await processIdentity(Number(owner[2]))) === owner[1]) {
      throw new Error(`another Myelin is running on ${directory} (pid ${owner[2]})`);
    }
  }
  if (all.some((p) => belongs(p, tag))) await stopServer(tag, directory);

  const lockFile = join(data, 'postmaster.pid');
  const pid = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0]);
  const holder = all.find((p) => p.pid === pid && !belongs(p, tag));
  if (holder && /postgres|postmaster/.test(holder.command) && holder.command.includes(data)) {
    throw new Error(`a PostgreSQL server that Myelin did not start is running on ${data} (pid ${pid})`);
  }
  if (await answers(socket)) {
    throw new Error(`another Myelin is running on ${directory} (its process is not visible from here)`);
  }
  // PostgreSQL itself refuses to start when the number in a lock file belongs to any process, a zombie for example.
  await rm(lockFile, { force: true });
  await rm(`${socket}.lock`, { force: true });
}

/** Stops the server with this tag whoever started it: cleanly, and after 30 s without courtesy. */
export async function stopServer(tag: string, directory: string): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', STOP_MS],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ];
  for (const [name, waitMs] of steps) {
    const processes = (await listProcesses()).filter((p) => belongs(p, tag));
    const heads = processes.filter((p) => p.command.includes(`cluster_name=${tag}`));
    // Processes whose head is gone end by themselves; only when they don't are they told to.
    const told = heads.length > 0 ? heads : name === 'SIGINT' ? [] : processes;
    for (const entry of told) signal(entry.pid, name);
    const deadline = Date.now() + (told.length === 0 ? Math.min(waitMs, 5_000) : waitMs);
    while (Date.now() < deadline) {
      if (!(await listProcesses()).some((p) => belongs(p, tag))) return;
      await sleep(20);
    }
  }
  throw new Error(`the PostgreSQL server left over on ${directory} does not stop`);
}

function belongs(entry: ProcessEntry, tag: string): boolean {
  return entry.command.includes(`cluster_name=${tag}`) || entry.command.startsWith(`postgres: ${tag}:`);
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
      .on('connect', () => {
        connection.destroy();
        resolve(true);
      })
      .on('error', () => resolve(false));
  });
}
