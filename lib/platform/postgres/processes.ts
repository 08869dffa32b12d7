import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process of this machine with the command line that it shows. */
export interface ProcessEntry {
  pid: number;
  command: string;
}

/**
 * A name for a running process that no later process with the same number shares: number and time of start. Undefined
 * when it does not run (a zombie does not).
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
    // The second field is the command in parentheses and may hold anything; what follows the last one is regular.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${pid}-${fields[19]}`;
  }
  const started = await ps(['-o', 'lstart=', '-p', String(pid)]);
  return started.trim() === '' ? undefined : `${pid}-${started.trim().replaceAll(/[^A-Za-z0-9]+/g, '.')}`;
}

/** Every process that this user can see. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  if (process.platform !== 'linux') {
    const lines = (await ps(['-axww', '-o', 'pid=,command='])).split('\n');
    return lines.flatMap((line) => {
      const match = /^\s*(\d+)\s+(.*)$/.exec(line);
      return match ? [{ pid: Number(match[1]), command: match[2]! }] : [];
    });
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      command: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '),
    })),
  );
  return entries.filter((entry) => entry.command !== '');
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function ps(args: string[]): Promise<string> {
  const result = await promisify(execFile)('ps', args).catch(() => ({ stdout: '' }));
  return result.stdout;
}
