import type { Queryable } from '../../storage/database.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsBetween } from '../../storage/events/read-events.ts';
import { getReaderPosition, moveReader } from '../../storage/timeline/event-readers.ts';
import type { Context } from '../context.ts';

/** A reader that keeps tables of its own by the events stream. */
export interface EventReader {
  /** Under this name its position is stored. */
  name: string;
  /**
   * Takes in rows of the stream, within the transaction that moves the position: every row exactly once, in order.
   * Called without rows too, when nothing has happened for a while.
   */
  take(q: Queryable, rows: EventRow[]): Promise<void>;
  /** Called when the transaction is committed. */
  taken?(rows: EventRow[]): void;
  /** How long nothing may happen before `take` is called without rows, in milliseconds; never when absent. */
  idleMs?: number;
}

const ROWS_AT_ONCE = 500;
const MOST_WAITING = 5_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/**
 * Runs a reader: from its stored position over what it has missed, then along with the stream. Several processes may run
 * the same reader; each row is taken by one. Returns the function that stops it and waits until it has stopped.
 */
export function runEventReader(ctx: Context, reader: EventReader): () => Promise<void> {
  const run = new Run(ctx, reader);
  return () => run.stop();
}

class Run {
  readonly #ctx: Context;
  readonly #reader: EventReader;
  readonly #ended: Promise<void>;
  readonly #unsubscribe: () => void;
  /** Rows that came by the stream: all of them after `#liveFrom`. */
  #live: EventRow[] = [];
  #liveFrom: number;
  #liveTo: number;
  #position = 0;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(ctx: Context, reader: EventReader) {
    this.#ctx = ctx;
    this.#reader = reader;
    this.#liveFrom = ctx.streams.position('events');
    this.#liveTo = this.#liveFrom;
    this.#unsubscribe = ctx.streams.on('events', (rows, to) => this.#receive(rows, to));
    this.#ended = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#wake();
    await this.#ended;
  }

  #receive(rows: EventRow[], to: number): void {
    this.#live.push(...rows);
    this.#liveTo = to;
    if (this.#live.length > MOST_WAITING) {
      // The reader is far behind; it gets these from the database.
      this.#live = [];
      this.#liveFrom = to;
    }
    this.#wake();
  }

  async #loop(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let known = false;
    while (!this.#stopped) {
      try {
        if (!known) this.#position = await getReaderPosition(this.#ctx.db, this.#reader.name);
        known = true;
        const { rows, to } = await this.#next();
        known = await this.#take(rows, to);
        retryMs = FIRST_RETRY_MS;
        if (this.#position >= this.#liveTo) await this.#sleep(this.#reader.idleMs);
      } catch (error) {
        known = false;
        this.#ctx.log.warn({ err: error, reader: this.#reader.name }, 'a reader of the events stream failed');
        await this.#sleep(retryMs, true);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
  }

  /** The rows after the position, from memory where they are there. */
  async #next(): Promise<{ rows: EventRow[]; to: number }> {
    if (this.#position >= this.#liveFrom) {
      const rows = this.#live.filter((row) => (row.position as number) > this.#position);
      const some = rows.slice(0, ROWS_AT_ONCE);
      const to = some.length < rows.length ? (some.at(-1)?.position as number) : Math.max(this.#liveTo, this.#position);
      return { rows: some, to };
    }
    const end = this.#liveFrom;
    const rows = await getEventsBetween(this.#ctx.db, this.#position, end, ROWS_AT_ONCE);
    return { rows, to: rows.length < ROWS_AT_ONCE ? end : (rows.at(-1)?.position as number) };
  }

  /** False when another process has taken the rows. */
  async #take(rows: EventRow[], to: number): Promise<boolean> {
    const from = this.#position;
    const moved = await this.#ctx.db.tx(async (q) => {
      if (to > from && !(await moveReader(q, this.#reader.name, from, to))) return false;
      await this.#reader.take(q, rows);
      return true;
    });
    if (!moved) return false;
    this.#position = to;
    this.#live = this.#live.filter((row) => (row.position as number) > to);
    if (to > this.#liveFrom) this.#liveFrom = to;
    this.#reader.taken?.(rows);
    return true;
  }

  /** Until rows come, the time is over or the reader is stopped. Without a time for ever. */
  async #sleep(ms: number | undefined, deaf = false): Promise<void> {
    if (this.#stopped) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      const stopped = () => this.#stopped;
      this.#wake = () => {
        if (!deaf || stopped()) resolve();
      };
      if (ms !== undefined) timer = setTimeout(resolve, ms);
      timer?.unref();
    });
    clearTimeout(timer);
    this.#wake = () => {};
  }
}
