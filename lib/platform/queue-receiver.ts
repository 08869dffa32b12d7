import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueHandler, ReceiveOptions } from './queue.ts';

/** A message that this process may handle for `visibilityMs` from when it was claimed. */
export interface ClaimedMessage {
  id: string;
  attempt: number;
  body: unknown;
  /** Takes the message out of the queue. */
  done(): Promise<void>;
  /** Gives it back for another attempt, or to the dead letters. */
  failed(error: unknown): Promise<void>;
}

/** What an adapter gives to {@link receiveMessages}. */
export interface MessageSource {
  /** Claims up to `most` messages; resolves when there are some, or empty after waiting as long as it likes. */
  claim(most: number, signal: AbortSignal): Promise<ClaimedMessage[]>;
  onError?(error: unknown): void;
}

const CLAIM_RETRY_MS = 1_000;

/**
 * The loop behind every queue: claims as many messages as handlers are free, runs them, settles them.
 *
 * @returns the function that stops claiming and waits for the handlers under way.
 */
export function receiveMessages(
  source: MessageSource,
  handler: QueueHandler,
  options: ReceiveOptions,
): () => Promise<void> {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  async function handle(message: ClaimedMessage): Promise<void> {
    // The claim's own way here counts too: the handler is told a little before the message is anybody's again.
    const signal = AbortSignal.timeout(options.visibilityMs * 0.95);
    try {
      await handler(message.body, { id: message.id, attempt: message.attempt, signal });
    } catch (error) {
      source.onError?.(error);
      await message.failed(error);
      return;
    }
    await message.done();
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      let messages: ClaimedMessage[] = [];
      try {
        messages = await source.claim(options.concurrency - running.size, stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) break;
        source.onError?.(error);
        await sleep(CLAIM_RETRY_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
      for (const message of messages) {
        const run = handle(message)
          // Not settled means delivered again, which every handler must bear.
          .catch((error) => source.onError?.(error))
          .finally(() => running.delete(run));
        running.add(run);
      }
      if (running.size >= options.concurrency) await Promise.race(running);
    }
    await Promise.all(running);
  }

  const ended = loop();
  return async () => {
    stopping.abort();
    await ended;
  };
}
