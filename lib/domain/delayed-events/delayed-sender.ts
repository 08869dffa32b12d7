import {
  cancelOvertaken,
  claimDueEvents,
  type DelayedEventRow,
  nextDueEvent,
  pruneFinishedEvents,
} from '../../storage/delayed-events/delayed-events.ts';
import type { Context } from '../context.ts';
import { runEventReader } from '../events/event-reader.ts';
import { DELAYED_EVENTS } from './schedule-event.ts';
import { CLAIM_MS, sendDelayed } from './send-delayed.ts';

const MOST_AT_ONCE = 100;
/** In case a hint was missed. */
const LONGEST_SLEEP_MS = 1_000;
const KEPT_MS = 7 * 86_400_000;

/**
 * Sends delayed events when they are due, those of before a restart too, and takes back state events that somebody else
 * has overtaken. A job of the background unit. Returns the function that ends it.
 */
export function startDelayedSender(ctx: Context): () => Promise<void> {
  const sender = new DelayedSender(ctx);
  const stopHints = ctx.streams.on('caches', (rows) => {
    if (rows.some((row) => row.kind === DELAYED_EVENTS)) sender.kick();
  });
  const stopReader = runEventReader(ctx, {
    name: 'delayed-events',
    concerns: (row) => row.flags === 0 && row.stateKey !== null,
    async take(q, rows) {
      const states = rows.map(({ roomId, type, stateKey, sender: by }) => ({
        roomId,
        type,
        stateKey: stateKey as string,
        sender: by,
      }));
      if (states.length > 0) await cancelOvertaken(q, states, ctx.clock.now());
    },
  });
  return async () => {
    stopHints();
    await stopReader();
    await sender.stop();
  };
}

/** Removes delayed events that were over a week ago. A job of the background unit. */
export async function pruneDelayedEvents(ctx: Pick<Context, 'db' | 'clock'>): Promise<void> {
  await pruneFinishedEvents(ctx.db, ctx.clock.now() - KEPT_MS);
}

class DelayedSender {
  readonly #ctx: Context;
  readonly #ended: Promise<void>;
  #stopped = false;
  #kicked = false;
  #wake: () => void = () => {};

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#ended = this.#loop();
  }

  /** Something may be due earlier than it was. */
  kick(): void {
    this.#kicked = true;
    this.#wake();
  }

  /** Takes nothing more on, and resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#ended;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      let sleepMs = LONGEST_SLEEP_MS;
      try {
        this.#kicked = false;
        sleepMs = await this.#sendDue();
      } catch (error) {
        this.#ctx.log.warn({ err: error }, 'delayed events could not be looked after');
      }
      if (!this.#kicked && !this.#stopped && sleepMs > 0) await this.#sleep(sleepMs);
    }
  }

  /** Sends what is due. Returns how long there is nothing more to do, in milliseconds. */
  async #sendDue(): Promise<number> {
    const { db, clock } = this.#ctx;
    const now = clock.now();
    const due = await claimDueEvents(db, { now, until: now + CLAIM_MS, limit: MOST_AT_ONCE });
    // In a room they come in the order in which they were due.
    const rooms = Map.groupBy(due, (row) => row.roomId);
    await Promise.all([...rooms.values()].map((rows) => this.#sendAll(rows)));
    if (due.length > 0) return 0;
    const next = (await nextDueEvent(db)) ?? Number.POSITIVE_INFINITY;
    return Math.min(Math.max(next - clock.now(), 1), LONGEST_SLEEP_MS);
  }

  async #sendAll(rows: DelayedEventRow[]): Promise<void> {
    for (const row of rows) {
      await sendDelayed(this.#ctx, row).catch((error) => {
        this.#ctx.log.info({ err: error, roomId: row.roomId, userId: row.userId }, 'a delayed event was not sent');
      });
    }
  }

  async #sleep(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
      timer.unref();
    });
    clearTimeout(timer);
    this.#wake = () => {};
  }
}
