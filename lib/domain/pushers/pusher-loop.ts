import { claimPushers, nextDue } from '../../storage/pushers/push-queue.ts';
import type { Context } from '../context.ts';
import { Gateways } from './gateways.ts';
import { claimUntil, servePusher } from './serve-pusher.ts';

const MOST_AT_ONCE = 128;
const PER_GATEWAY = 16;
/** Another process may have queued something, or retries may be due. */
const LONGEST_SLEEP_MS = 2_000;
const PAUSE_AFTER_FAILURE_MS = 2_000;

/** Serves pushers that are due, many at once and few of one gateway. Several processes may do so. */
export class PusherLoop {
  readonly #ctx: Context;
  readonly #gateways: Gateways;
  readonly #running = new Set<Promise<void>>();
  readonly #ended: Promise<void>;
  #stopped = false;
  #kicked = false;
  #wake: () => void = () => {};

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#gateways = new Gateways(ctx);
    this.#ended = this.#loop();
  }

  /** There may be something to do. */
  kick(): void {
    this.#kicked = true;
    this.#wake();
  }

  /** Takes nothing more on, and resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#ended;
    await Promise.all(this.#running);
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      let sleepMs: number;
      try {
        this.#kicked = false;
        sleepMs = await this.#takeOn();
      } catch (error) {
        this.#ctx.log.warn({ err: error }, 'pushers could not be looked after');
        sleepMs = PAUSE_AFTER_FAILURE_MS;
      }
      if (!this.#kicked && sleepMs > 0) await this.#sleep(sleepMs);
    }
  }

  /** Claims what is due and starts it. Returns how long there is nothing more to do, in milliseconds. */
  async #takeOn(): Promise<number> {
    const { db, clock } = this.#ctx;
    const free = MOST_AT_ONCE - this.#running.size;
    if (free <= 0) return LONGEST_SLEEP_MS;
    const exclude = this.#gateways.unavailable();
    const claimed = await claimPushers(db, {
      now: clock.now(),
      until: claimUntil(this.#ctx),
      exclude,
      perGateway: PER_GATEWAY,
      limit: free,
    });
    for (const pusher of claimed) {
      const leave = this.#gateways.enter(pusher.gateway);
      const run: Promise<void> = servePusher(this.#ctx, this.#gateways, pusher)
        .catch((error) => this.#ctx.log.warn({ err: error, userId: pusher.userId }, 'a pusher could not be served'))
        .finally(() => {
          leave();
          this.#running.delete(run);
          this.kick();
        });
      this.#running.add(run);
    }
    if (claimed.length > 0) return 0;
    const next = [await nextDue(db, exclude), this.#gateways.nextEnd()].filter((ts) => ts !== undefined);
    return Math.min(Math.max(Math.min(...next) - clock.now(), 1), LONGEST_SLEEP_MS);
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopped) return;
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
