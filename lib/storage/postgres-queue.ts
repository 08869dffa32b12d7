import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Queue,
  type QueueHandler,
  type ReceiveOptions,
  retryDelayMs,
  type SendOptions,
} from '../platform/queue.ts';
import { type ClaimedMessage, receiveMessages } from '../platform/queue-receiver.ts';
import type { Queryable } from './database.ts';
import {
  buryMessage,
  claimMessages,
  countMessages,
  deleteMessage,
  enqueue,
  type QueueRow,
  releaseMessage,
} from './queue.ts';

/** Settings of a {@link PostgresQueue}. */
export interface PostgresQueueOptions {
  /** How often a message is tried before it is dead. Default 5. */
  maxAttempts?: number;
  /** How often an idle receiver looks for messages of other processes. Default 1 s. */
  pollMs?: number;
  /** Delay before the second attempt; doubled each time. Default 1 s. */
  retryMs?: number;
  onError?: (error: unknown, queue: string) => void;
}

/**
 * The queue port over the shared Postgres. It is here and not with the other adapters because all SQL is in this folder
 * and imports go down only. Messages sent by this process wake its receivers at once.
 */
export class PostgresQueue implements Queue {
  readonly #db: Queryable;
  readonly #options: Required<PostgresQueueOptions>;
  readonly #sleepers = new Map<string, Set<() => void>>();

  constructor(db: Queryable, options: PostgresQueueOptions = {}) {
    this.#db = db;
    this.#options = { maxAttempts: 5, pollMs: 1_000, retryMs: 1_000, onError: () => {}, ...options };
  }

  async send(name: string, body: unknown, options: SendOptions = {}): Promise<void> {
    const { delayMs = 0, dedupeId } = options;
    await enqueue(this.#db, { queue: name, body, delayMs, dedupeId });
    if (delayMs === 0) for (const wake of this.#sleepers.get(name) ?? []) wake();
  }

  receive(name: string, handler: QueueHandler, options: ReceiveOptions): () => Promise<void> {
    const { maxAttempts, onError } = this.#options;
    const claim = async (most: number, signal: AbortSignal): Promise<ClaimedMessage[]> => {
      // Listened for before looking, so that what is sent in between is not slept over.
      const nap = this.#nap(name, signal);
      try {
        const { visibilityMs } = options;
        const rows = await claimMessages(this.#db, { queue: name, most, visibilityMs, maxAttempts });
        if (rows.length === 0) await nap.over;
        return rows.map((row) => this.#claimed(row));
      } finally {
        nap.end();
      }
    };
    return receiveMessages({ claim, onError: (error) => onError(error, name) }, handler, options);
  }

  depth(name: string): Promise<number> {
    return countMessages(this.#db, name);
  }

  #claimed(row: QueueRow): ClaimedMessage {
    const { maxAttempts, retryMs } = this.#options;
    return {
      id: String(row.id),
      attempt: row.attempts,
      body: row.body,
      done: () => deleteMessage(this.#db, row.id),
      failed: (error) =>
        row.attempts >= maxAttempts
          ? buryMessage(this.#db, row.id, row.attempts, String(error).slice(0, 1_000))
          : releaseMessage(this.#db, row.id, row.attempts, retryDelayMs(row.attempts, retryMs)),
    };
  }

  #nap(name: string, signal: AbortSignal): { over: Promise<void>; end(): void } {
    const sleepers = this.#sleepers.get(name) ?? new Set();
    this.#sleepers.set(name, sleepers);
    const controller = new AbortController();
    const end = () => controller.abort();
    sleepers.add(end);
    const either = AbortSignal.any([signal, controller.signal]);
    const over = sleep(this.#options.pollMs, undefined, { signal: either }).catch(() => {});
    return {
      over,
      end: () => {
        sleepers.delete(end);
        end();
      },
    };
  }
}
