import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const mainFile = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCli {
  child: ChildProcess;
  /** What it has written so far. */
  output: { stdout: string; stderr: string };
  /** Resolves once standard output holds the text; rejects when the process ends before. */
  shows(text: string): Promise<void>;
  ended: Promise<Ended>;
}

/** The environment without what would configure a server. */
function cleanEnvironment(extra: Record<string, string>): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MYELIN_')));
  return { ...env, NO_COLOR: '1', ...extra };
}

/** Starts the command line as a process of its own. */
export function spawnCli(args: string[], options: { cwd?: string; env?: Record<string, string>; input?: string } = {}) {
  const child = spawn(process.execPath, [mainFile, ...args], {
    cwd: options.cwd,
    env: cleanEnvironment(options.env ?? {}),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(options.input ?? '');
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...output }));
  const shows = async (text: string) => {
    while (!output.stdout.includes(text)) {
      const end = await Promise.race([once(child.stdout, 'data').then(() => undefined), ended]);
      if (end !== undefined && !output.stdout.includes(text)) {
        throw new Error(`it ended with ${end.code} before it showed "${text}":\n${end.stdout}\n${end.stderr}`);
      }
    }
  };
  return { child, output, shows, ended } satisfies RunningCli;
}

/** Runs one command to its end. */
export async function runCli(args: string[], options: Parameters<typeof spawnCli>[1] = {}): Promise<Ended> {
  return spawnCli(args, options).ended;
}
