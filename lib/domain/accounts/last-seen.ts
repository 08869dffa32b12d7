import { LRUCache } from 'lru-cache';
import { type DeviceSighting, touchDevices } from '../../storage/accounts/devices.ts';
import type { Context } from '../context.ts';

const OFTEN_ENOUGH_MS = 60_000;
const GATHER_MS = 1_000;
const MOST_DEVICES = 50_000;

/** Writes down when devices were seen: each at most once a minute, many in one statement, beside the requests. */
export class LastSeen {
  readonly #ctx: Pick<Context, 'db' | 'clock' | 'log'>;
  readonly #noted = new LRUCache<string, number>({ max: MOST_DEVICES });
  readonly #waiting = new Map<string, DeviceSighting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ctx: Pick<Context, 'db' | 'clock' | 'log'>) {
    this.#ctx = ctx;
  }

  /** Notes a request of a device. Cheap; the database is asked later. */
  note(userId: string, deviceId: string, ip: string, userAgent: string): void {
    const ts = this.#ctx.clock.now();
    const key = `${userId} ${deviceId}`;
    if (ts - (this.#noted.get(key) ?? Number.NEGATIVE_INFINITY) < OFTEN_ENOUGH_MS) return;
    this.#noted.set(key, ts);
    this.#waiting.set(key, { userId, deviceId, ts, ip, userAgent: printable(userAgent) });
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  /** Writes what waits. Never throws: the next minute brings a newer time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const sightings = [...this.#waiting.values()];
    this.#waiting.clear();
    try {
      await touchDevices(this.#ctx.db, sightings);
    } catch (error) {
      this.#ctx.log.debug({ err: error }, 'noting when devices were seen failed');
    }
  }
}

/** Headers may hold anything; what is kept is bounded and fits a text column. */
function printable(userAgent: string): string {
  return userAgent.slice(0, 500).replaceAll('\0', '').toWellFormed();
}

const instances = new WeakMap<object, LastSeen>();

/** The {@link LastSeen} of a process. */
export function lastSeenOf(ctx: Pick<Context, 'db' | 'clock' | 'log'>): LastSeen {
  let instance = instances.get(ctx);
  if (!instance) {
    instance = new LastSeen(ctx);
    instances.set(ctx, instance);
  }
  return instance;
}
