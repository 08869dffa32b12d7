import type { Bus, BusMessage } from '../platform/bus.ts';
import type { Queryable } from '../storage/database.ts';
import { getStreamPositions } from '../storage/streams/positions.ts';
import { SharedRead } from './shared-read.ts';
import type { StreamDefinition, StreamName, StreamRows } from './stream.ts';

/** Rows of one stream, in order; `to` is the position that the reader is at after them. */
export type StreamListener<Name extends StreamName> = (rows: StreamRows[Name][], to: number) => void;

interface Follower {
  definition: StreamDefinition;
  position: number;
  listeners: Set<StreamListener<StreamName>>;
  /** Messages that came before those in front of them; writers in several processes publish out of order. */
  early: BusMessage[];
  catchUp: Promise<void> | undefined;
  /** Asked to catch up while that was under way (or not possible yet): the end that was read may be an old one. */
  again: boolean;
  timer: NodeJS.Timeout | undefined;
  waiters: { position: number; resolve(reached: boolean): void }[];
  /** The bus told of it; the stream certainly reaches this far. */
  heardOf: number;
  heardAt: number;
  /** How often the database was asked since it last had something. */
  inVain: number;
}

const CATCH_UP_ROWS = 1_000;
const MOST_EARLY_MESSAGES = 1_000;

/** Settings of a {@link StreamHub}. */
export interface StreamHubOptions {
  /** How long a message may wait for the one in front of it before the database is asked. Milliseconds. */
  reorderMs?: number;
  /** How often the database is asked although the bus is silent (P5). Milliseconds; 0 never. */
  silenceMs?: number;
  /** Other processes write, so that what is committed may not have arrived here yet; see {@link StreamHub.barrier}. */
  shared?: boolean;
  /** How long to wait after the database failed, and the longest pause between questions that bring nothing. */
  retryMs?: number;
  onError?: (error: unknown, stream: StreamName) => void;
}

/**
 * This process's view of the streams that it follows: position, listeners, and the one consumer loop (backfill,
 * cutover, live). The bus is a hint; on any gap the rows come from the database (P5).
 */
export class StreamHub {
  readonly #db: Queryable;
  readonly #bus: Bus;
  readonly #followers = new Map<StreamName, Follower>();
  readonly #options: Required<StreamHubOptions>;
  readonly #closers: (() => unknown)[] = [];
  readonly #ends = new SharedRead(() => getStreamPositions(this.#db));
  #silenceTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(db: Queryable, bus: Bus, options: StreamHubOptions = {}) {
    this.#db = db;
    this.#bus = bus;
    this.#options = { reorderMs: 20, silenceMs: 5_000, retryMs: 1_000, shared: false, onError: () => {}, ...options };
  }

  /** Starts to follow streams from where they are now. */
  async follow(definitions: StreamDefinition[]): Promise<void> {
    for (const definition of definitions) {
      if (this.#followers.has(definition.name)) continue;
      const follower: Follower = {
        definition,
        position: -1,
        listeners: new Set(),
        early: [],
        catchUp: undefined,
        again: false,
        timer: undefined,
        waiters: [],
        heardOf: 0,
        heardAt: 0,
        inVain: 0,
      };
      this.#followers.set(definition.name, follower);
      // Subscribed before the position is read: what happens in between waits in `early`.
      this.#closers.push(
        await this.#bus.subscribe(
          definition.name,
          (message) => this.#receive(follower, message),
          () => this.#fill(follower),
        ),
      );
      follower.position = await definition.currentPosition(this.#db);
      this.#drain(follower);
      if (follower.again) void this.#fill(follower);
    }
    if (!this.#silenceTimer) {
      this.#closers.push(this.#bus.onReconnect(() => this.catchUpAll()));
      if (this.#options.silenceMs > 0) {
        this.#silenceTimer = setInterval(() => this.#checkSilence(), this.#options.silenceMs);
        this.#silenceTimer.unref();
      }
    }
  }

  /** Whether this process follows a stream. */
  follows(stream: StreamName): boolean {
    return this.#followers.has(stream);
  }

  /** How far this process has read a stream. 0 for one that it doesn't follow. */
  position(stream: StreamName): number {
    return Math.max(this.#followers.get(stream)?.position ?? 0, 0);
  }

  /** How far this process has read the streams that it follows, by name. */
  positions(): Record<string, number> {
    return Object.fromEntries([...this.#followers.keys()].map((stream) => [stream, this.position(stream)]));
  }

  /**
   * Resolves when this process has read everything that was committed before the call, by whatever process (read your
   * writes), or after `timeoutMs`. Costs one small query for all who ask at the same time; nothing where this process
   * alone writes.
   */
  async barrier(timeoutMs = 1_000): Promise<void> {
    if (!this.#options.shared || this.#followers.size === 0) return;
    const ends = await this.#ends.run();
    const behind = [...this.#followers.keys()].filter((stream) => (ends.get(stream) ?? 0) > this.position(stream));
    await Promise.all(behind.map((stream) => this.waitFor(stream, ends.get(stream) as number, timeoutMs)));
  }

  /** Calls `listener` with every later row of a stream, in order, once. Returns the function that ends it. */
  on<Name extends StreamName>(stream: Name, listener: StreamListener<Name>): () => void {
    const follower = this.#follower(stream);
    const entry = listener as StreamListener<StreamName>;
    follower.listeners.add(entry);
    return () => follower.listeners.delete(entry);
  }

  /**
   * Resolves with true when this process has read a stream up to `position` (read-your-writes after a remote write), with
   * false after `timeoutMs` or when the hub closes. True at once for a stream that isn't followed here.
   */
  async waitFor(stream: StreamName, position: number, timeoutMs = 5_000): Promise<boolean> {
    const follower = this.#followers.get(stream);
    if (!follower || follower.position >= position) return true;
    if (this.#closed) return false;
    return new Promise<boolean>((resolve) => {
      const waiter = {
        position,
        resolve: (reached: boolean) => {
          clearTimeout(timer);
          resolve(reached);
        },
      };
      const timer = setTimeout(() => {
        follower.waiters = follower.waiters.filter((w) => w !== waiter);
        resolve(false);
      }, timeoutMs);
      follower.waiters.push(waiter);
      follower.inVain = 0;
      this.#scheduleFill(follower);
    });
  }

  /** Reads every followed stream up to its end from the database. */
  async catchUpAll(): Promise<void> {
    await Promise.all([...this.#followers.values()].map((follower) => this.#fill(follower)));
  }

  /** Ends all subscriptions. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#silenceTimer);
    for (const follower of this.#followers.values()) {
      clearTimeout(follower.timer);
      for (const waiter of follower.waiters.splice(0)) waiter.resolve(false);
    }
    for (const close of this.#closers) await close();
    await Promise.all([...this.#followers.values()].map((f) => f.catchUp));
  }

  #follower(stream: StreamName): Follower {
    const follower = this.#followers.get(stream);
    if (!follower) throw new Error(`this process does not follow the stream ${stream}`);
    return follower;
  }

  #receive(follower: Follower, message: BusMessage): void {
    if (this.#closed || message.to <= follower.position) return;
    follower.heardAt = Date.now();
    if (message.to > follower.heardOf) {
      follower.heardOf = message.to;
      follower.inVain = 0;
    }
    if (follower.early.length < MOST_EARLY_MESSAGES) follower.early.push(message);
    this.#drain(follower);
  }

  #drain(follower: Follower): void {
    if (follower.position < 0 || follower.catchUp) return;
    follower.early.sort((a, b) => a.from - b.from);
    while (follower.early.length > 0) {
      const message = follower.early[0] as BusMessage;
      if (message.to <= follower.position) {
        follower.early.shift();
        continue;
      }
      if (message.from > follower.position) break;
      follower.early.shift();
      // A message that overlaps what the database gave already is cut, not repeated.
      const rows = (message.rows as { position: number }[]).filter((row) => row.position > follower.position);
      this.#advance(follower, rows, message.to);
    }
    this.#scheduleFill(follower);
  }

  /** Asks the database soon for what is known to be missing; less and less often as long as it isn't there. */
  #scheduleFill(follower: Follower): void {
    if (follower.timer || follower.catchUp || this.#closed || !isBehind(follower)) return;
    const delay = Math.min(this.#options.reorderMs * 2 ** follower.inVain, this.#options.retryMs);
    follower.timer = setTimeout(() => {
      follower.timer = undefined;
      if (isBehind(follower)) void this.#fill(follower);
    }, delay);
  }

  async #fill(follower: Follower): Promise<void> {
    if (this.#closed) return;
    if (follower.catchUp || follower.position < 0) follower.again = true;
    else {
      // Not before this turn has noted that it is under way.
      const reading = Promise.resolve().then(() => this.#readToEnd(follower));
      follower.catchUp = reading.finally(() => {
        follower.catchUp = undefined;
        this.#drain(follower);
      });
    }
    await follower.catchUp;
  }

  async #readToEnd(follower: Follower): Promise<void> {
    do {
      follower.again = false;
      const from = follower.position;
      try {
        const end = await follower.definition.currentPosition(this.#db);
        while (follower.position < end && !this.#closed) {
          const { rows, to } = await follower.definition.readBetween(this.#db, follower.position, end, CATCH_UP_ROWS);
          if (this.#closed) return;
          this.#advance(follower, rows as { position: number }[], Math.max(to, follower.position + 1));
        }
      } catch (error) {
        this.#options.onError(error, follower.definition.name);
        this.#scheduleRetry(follower);
        return;
      }
      follower.inVain = follower.position > from || !isBehind(follower) ? 0 : follower.inVain + 1;
    } while (follower.again && !this.#closed);
  }

  #scheduleRetry(follower: Follower): void {
    if (this.#closed) return;
    clearTimeout(follower.timer);
    follower.timer = setTimeout(() => {
      follower.timer = undefined;
      void this.#fill(follower);
    }, this.#options.retryMs);
  }

  #advance(follower: Follower, rows: { position: number }[], to: number): void {
    follower.position = to;
    follower.inVain = 0;
    for (const listener of follower.listeners) {
      try {
        listener(rows as never[], to);
      } catch (error) {
        this.#options.onError(error, follower.definition.name);
      }
    }
    if (follower.waiters.length > 0) {
      const due = follower.waiters.filter((w) => w.position <= to);
      follower.waiters = follower.waiters.filter((w) => w.position > to);
      for (const waiter of due) waiter.resolve(true);
    }
  }

  #checkSilence(): void {
    const now = Date.now();
    for (const follower of this.#followers.values()) {
      if (now - follower.heardAt >= this.#options.silenceMs) void this.#fill(follower);
    }
  }
}

function isBehind(follower: Follower): boolean {
  return follower.heardOf > follower.position || follower.waiters.some((w) => w.position > follower.position);
}
