import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './redis.ts';

const READY_MS = 60_000;
const STOP_MS = 10_000;

/** Task units as the image runs them: a process from its bundle, with nothing but its variables. */
export interface BundledTask {
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts what stands in the folder of the image's bundle and waits until it answers.
 * @param at port to listen on; absent: any
 * @throws Error with what the process wrote when it does not
 */
export async function bundledTask(folder: string, env: Record<string, string>, at?: number): Promise<BundledTask> {
  const port = at ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  let output = '';
  const child = spawn(process.execPath, [join(folder, 'task.mjs')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env, MYELIN_LISTEN_HTTP_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + String(chunk)).slice(-20_000);
    });
  }
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const hard = setTimeout(kill, STOP_MS);
    await ended;
    clearTimeout(hard);
  };
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) break;
    const answers = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).then(
      () => true,
      () => false,
    );
    if (answers) return { url, stop };
  }
  await stop();
  throw new Error(`the task does not answer: ${output}`);
}
