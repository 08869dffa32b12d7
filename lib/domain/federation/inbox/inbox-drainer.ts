import type { Gauge } from '../../../observability/metrics.ts';
import { getDueRooms, getOldestAge } from '../../../storage/federation/inbox.ts';
import type { Context } from '../../context.ts';
import { drainRoom } from './drain-room.ts';

const POLL_MS = 2_000;
const ROOMS_AT_ONCE = 32;

/**
 * Takes in what waits in the inbox for the rooms of this process, each room in order, several rooms at a time. It is told
 * of rooms, and looks for itself every few seconds: after a crash, after a shard has moved, when a word got lost.
 */
export class InboxDrainer {
  readonly #ctx: Context;
  readonly #slots: () => readonly number[];
  readonly #running = new Map<string, Promise<void>>();
  /** Rooms that were named while they were being drained, or that wait for a place. */
  readonly #again = new Set<string>();
  readonly #age: Gauge;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  /** @param slots those that this process holds now */
  constructor(ctx: Context, slots: () => readonly number[]) {
    this.#ctx = ctx;
    this.#slots = slots;
    this.#age = ctx.metrics.backend.gauge({
      name: 'myelin_federation_inbox_oldest_seconds',
      help: 'Age of the oldest event of another server that waits to be taken in',
    });
  }

  /** Begins to look. The answer ends it and waits for what is under way. */
  start(): () => Promise<void> {
    this.#schedule(0);
    return async () => {
      this.#stop.abort();
      clearTimeout(this.#timer);
      await this.#polling;
      await Promise.all(this.#running.values());
    };
  }

  /** There is something for a room. Returns at once. */
  wake(roomId: string): void {
    if (this.#stop.signal.aborted) return;
    if (this.#running.has(roomId) || this.#running.size >= ROOMS_AT_ONCE) {
      this.#again.add(roomId);
      return;
    }
    this.#again.delete(roomId);
    const run = drainRoom(this.#ctx, roomId, this.#stop.signal)
      .catch((error) => {
        if (!this.#stop.signal.aborted)
          this.#ctx.log.warn({ err: error, roomId }, 'a room’s inbox could not be drained');
      })
      .finally(() => {
        this.#running.delete(roomId);
        const [next] = this.#again;
        if (next !== undefined) this.wake(next);
      });
    this.#running.set(roomId, run);
  }

  #schedule(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#polling = this.#poll()
        .catch((error) => this.#ctx.log.warn({ err: error }, 'the inbox could not be read'))
        .finally(() => {
          if (!this.#stop.signal.aborted) this.#schedule(POLL_MS * (0.9 + Math.random() * 0.2));
        });
    }, ms);
    this.#timer.unref();
  }

  async #poll(): Promise<void> {
    const slots = this.#slots();
    this.#age.set(await getOldestAge(this.#ctx.db, slots));
    for (const { roomId } of await getDueRooms(this.#ctx.db, slots, ROOMS_AT_ONCE * 4)) {
      if (!this.#running.has(roomId)) this.wake(roomId);
    }
  }
}
