/** One delivery of a message. */
export interface QueueDelivery {
  id: string;
  /** 1 for the first delivery of this message. */
  attempt: number;
  /** Aborts when the time for this delivery is over and the message may be given to somebody else. */
  signal: AbortSignal;
}

/** Called with a message's body. Returning means done; throwing means try again later. */
export type QueueHandler = (body: unknown, delivery: QueueDelivery) => Promise<void>;

/** Settings of {@link Queue.send}. */
export interface SendOptions {
  /** Deliver not before this many milliseconds have passed. At most 15 minutes. */
  delayMs?: number;
  /** While a message with the same id waits in the queue, another one is dropped (where the platform can). */
  dedupeId?: string;
}

/** Settings of {@link Queue.receive}. */
export interface ReceiveOptions {
  /** Most handlers that run at once in this process. */
  concurrency: number;
  /** Time that a handler has. A message that is not done by then is delivered again. */
  visibilityMs: number;
}

/**
 * Work that may wait. Every message is delivered at least once, in no particular order; a handler must bear repetition.
 * A message that has failed too often moves to the dead letters and is delivered no more.
 */
export interface Queue {
  /** Puts a message (any JSON value) into the queue `name`; durable when this resolves. */
  send(name: string, body: unknown, options?: SendOptions): Promise<void>;

  /**
   * Gives messages to `handler` until the returned function is called; that one waits for the handlers under way.
   */
  receive(name: string, handler: QueueHandler, options: ReceiveOptions): () => Promise<void>;

  /** Messages that wait, are delayed or being handled; not the dead ones. Approximate on some platforms. */
  depth(name: string): Promise<number>;
}

/** Milliseconds before the next attempt: 1 s doubled each time, at most 5 minutes, spread by a fifth. */
export function retryDelayMs(attempt: number, baseMs = 1_000): number {
  return Math.min(baseMs * 2 ** (attempt - 1), 300_000) * (0.9 + Math.random() * 0.2);
}
