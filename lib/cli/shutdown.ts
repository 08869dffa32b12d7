import { once } from 'node:events';

/** Everything has to be closed in this time; then the process ends all the same. */
const longestMs = 9500;
/** A second Ctrl-C within this time is the terminal's and npm's signal for the same key press. */
const sameSignalMs = 1000;
const parentLookMs = 500;

/** Things to close, closed in the reverse of the order in which they were opened. */
export class Closers {
  readonly #closers: (() => Promise<unknown> | unknown)[] = [];

  add(close: () => Promise<unknown> | unknown): void {
    this.#closers.push(close);
  }

  /** Closes all, whatever fails on the way. @returns what failed */
  async close(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}

/**
 * Resolves with why the server has to stop: the first SIGINT, SIGTERM or SIGHUP, or the end of the npm that started it.
 * Later signals no longer end the process by themselves.
 */
export async function stopReason(): Promise<string> {
  const abort = new AbortController();
  const { signal } = abort;
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const reasons = names.map(async (name) => once(process, name, { signal }).then(() => name));
  const first = await Promise.race([...reasons, parentEnd(signal)]);
  const at = Date.now();
  for (const name of names) {
    process.on(name, () => {
      if (Date.now() - at > sameSignalMs) process.exit(1);
    });
  }
  abort.abort();
  return first;
}

/** A killed npm can pass no signal on; its server would keep the port and the data without anybody knowing. */
async function parentEnd(signal: AbortSignal): Promise<string> {
  const parent = process.ppid;
  const { promise, resolve } = Promise.withResolvers<string>();
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const timer = setInterval(() => {
      if (process.ppid !== parent) resolve('npm has ended');
    }, parentLookMs);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer));
  }
  return promise;
}

/**
 * Ends the process, with exit code 1, if closing takes too long. What was acknowledged is safe in the database, so nothing
 * is lost by it.
 */
export function limitShutdown(tell: (sentence: string) => void): void {
  setTimeout(() => {
    tell(`Not everything could be closed in ${longestMs / 1000} s; ending all the same.`);
    process.exit(1);
  }, longestMs).unref();
}
