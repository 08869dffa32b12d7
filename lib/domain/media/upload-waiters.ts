import type { Clock } from '../../platform/clock.ts';

/** Wakes the downloads that wait for a file which is uploaded to this process. */
export class UploadWaiters {
  readonly #waiting = new Map<string, Set<AbortController>>();

  /** Resolves when the file of an id has come here, after `ms` milliseconds, or when the signal aborts. */
  async wait(clock: Clock, mediaId: string, ms: number, signal: AbortSignal): Promise<void> {
    const wake = new AbortController();
    const waiting = this.#waiting.get(mediaId) ?? new Set();
    this.#waiting.set(mediaId, waiting.add(wake));
    try {
      await clock.sleep(ms, AbortSignal.any([signal, wake.signal])).catch(() => {});
    } finally {
      waiting.delete(wake);
      if (waiting.size === 0) this.#waiting.delete(mediaId);
    }
  }

  /** The file of an id has come. */
  uploaded(mediaId: string): void {
    for (const wake of this.#waiting.get(mediaId) ?? []) wake.abort();
  }
}

const waiters = new WeakMap<object, UploadWaiters>();

/** The waiting downloads of a process. */
export function uploadWaitersOf(ctx: object): UploadWaiters {
  let found = waiters.get(ctx);
  if (!found) {
    found = new UploadWaiters();
    waiters.set(ctx, found);
  }
  return found;
}
