import type { Queryable } from '../../storage/database.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsBetween } from '../../storage/events/read-events.ts';
import { getReaderPosition, moveReader } from '../../storage/timeline/event-readers.ts';
import type { Context } from '../context.ts';

/** A reader that keeps tables of its own by the events stream. */
export interface EventReader {
  /** Under this name its position is stored. */
  name: string;
  /** Rows that mean nothing to the reader are passed over without asking the database; every row counts when absent. */
  concerns?(row: EventRow): boolean;
  /**
   * Takes in rows that concern it, within the transaction that moves the position: every row exactly once, in order.
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
/** Rows that come soon after others wait so long for more: a transaction costs the database the same for one or many. */
const GATHER_MS = 100;
/** A position that only rows without a concern have moved is stored this often. */
const STORE_MS = 250;
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
  /** The position that the database knows: between the two there is nothing that concerns the reader. */
  #stored = 0;
  #storedAt = 0;
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
    let rested = true;
    while (!this.#stopped) {
      try {
        if (!known) this.#position = this.#stored = await getReaderPosition(this.#ctx.db, this.#reader.name);
        const { rows, to } = await this.#next();
        known = await this.#pass(rows, to, rested);
        retryMs = FIRST_RETRY_MS;
        rested = known && this.#position >= this.#liveTo && (await this.#rest());
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

  /** Moves on over rows. False when another process has taken them. */
  async #pass(rows: EventRow[], to: number, rested: boolean): Promise<boolean> {
    const { concerns } = this.#reader;
    const wanted = concerns ? rows.filter((row) => concerns(row)) : rows;
    const late = to > this.#stored && performance.now() - this.#storedAt >= STORE_MS;
    if ((wanted.length > 0 || rested || late) && !(await this.#take(wanted, to))) return false;
    this.#position = to;
    this.#live = this.#live.filter((row) => (row.position as number) > to);
    if (to > this.#liveFrom) this.#liveFrom = to;
    // Whoever is far behind goes on at once.
    if (wanted.length > 0 && rows.length < ROWS_AT_ONCE) await this.#sleep(GATHER_MS, true);
    return true;
  }

  async #take(rows: EventRow[], to: number): Promise<boolean> {
    const { name } = this.#reader;
    const moved = await this.#ctx.db.tx(async (q) => {
      if (to > this.#stored && !(await moveReader(q, name, this.#stored, to))) return false;
      await this.#reader.take(q, rows);
      return true;
    });
    if (!moved) return false;
    this.#stored = to;
    this.#storedAt = performance.now();
    this.#reader.taken?.(rows);
    return true;
  }

  /** Sleeps until there is something to do. False when rows woke it. */
  async #rest(): Promise<boolean> {
    const { idleMs } = this.#reader;
    return this.#sleep(this.#position > this.#stored ? Math.min(idleMs ?? STORE_MS, STORE_MS) : idleMs);
  }

  /** Until rows come, the time is over or the reader is stopped. Without a time for ever. True when the time was over. */
  async #sleep(ms: number | undefined, deaf = false): Promise<boolean> {
    if (this.#stopped) return false;
    let timer: NodeJS.Timeout | undefined;
    const over = await new Promise<boolean>((resolve) => {
      this.#wake = () => {
        if (!deaf || this.#stopped) resolve(false);
      };
      if (ms !== undefined) timer = setTimeout(resolve, ms, true);
      timer?.unref();
    });
    clearTimeout(timer);
    this.#wake = () => {};
    return over;
  }
}
