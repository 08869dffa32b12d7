import { appendFileSync, readFileSync } from 'node:fs';

/*
 * Loaded into a server before anything else (`--import`) where MYELIN_BENCH_LOOP_FILE names a file: writes down how much
 * CPU the main thread used between two fires of a timer of one millisecond. No turn of the event loop took more; unlike the
 * time, it does not count when others had the processor.
 */

const FILE = 'MYELIN_BENCH_LOOP_FILE';
const WRITE_MS = 50;

/** What a server is started with so that its turns are written to a file. */
export function loopCpuEnvironment(file: string): Record<string, string> {
  return { [FILE]: file, NODE_OPTIONS: `--import ${import.meta.url}` };
}

/** The longest turn in milliseconds of CPU among those noted since `from` (by `Date.now()`). */
export function longestTurn(file: string, from: number): number {
  let longest = 0;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [at = 0, ms = 0] = line.split(' ').map(Number);
    if (at >= from && ms > longest) longest = ms;
  }
  return longest;
}

const target = process.env[FILE];
if (target !== undefined) {
  let last = process.threadCpuUsage();
  let longest = 0;
  setInterval(() => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, (now.user + now.system - last.user - last.system) / 1_000);
    last = now;
  }, 1).unref();
  setInterval(() => {
    appendFileSync(target, `${Date.now()} ${longest.toFixed(2)}\n`);
    longest = 0;
    last = process.threadCpuUsage();
  }, WRITE_MS).unref();
}
