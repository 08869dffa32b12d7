import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';
import type { Queryable } from '../../storage/database.ts';
import { getDestination, markFailed, markReached } from '../../storage/federation/destinations.ts';

/** How a destination does, as far as is known here. */
export interface DestinationHealth {
  /** Milliseconds since the epoch; null when all is well. */
  failingSinceTs: number | null;
  /** Not to be tried before then. */
  retryAtTs: number;
}

const FIRST_PAUSE_MS = 5_000;
const MOST_PAUSE_MS = 24 * 3_600_000;
const REMEMBERED_MS = 5_000;
const HEALTHY: DestinationHealth = { failingSinceTs: null, retryAtTs: 0 };

/** When to try servers again that were not reached; in the database, so that it outlives this process. */
export class Destinations {
  readonly #db: Queryable;
  readonly #clock: Clock;
  readonly #onReached: (destination: string) => void;
  readonly #known = new LRUCache<string, DestinationHealth>({ max: 20_000, ttl: REMEMBERED_MS });

  /** @param onReached told when a destination answers that did not before */
  constructor(db: Queryable, clock: Clock, onReached: (destination: string) => void = () => {}) {
    this.#db = db;
    this.#onReached = onReached;
    this.#clock = clock;
  }

  /** How a destination does; up to some seconds old. */
  async healthOf(destination: string): Promise<DestinationHealth> {
    const known = this.#known.get(destination);
    if (known) return known;
    const health = (await getDestination(this.#db, destination)) ?? HEALTHY;
    this.#known.set(destination, health);
    return health;
  }

  /** Milliseconds until a destination may be tried; 0 when it may be now. */
  async pauseFor(destination: string): Promise<number> {
    return Math.max((await this.healthOf(destination)).retryAtTs - this.#clock.now(), 0);
  }

  /** It has answered, or asked something of us. True when it had not been reached before. */
  async reached(destination: string): Promise<boolean> {
    if ((await this.healthOf(destination)).failingSinceTs === null) return false;
    this.#known.set(destination, HEALTHY);
    const changed = await markReached(this.#db, destination);
    if (changed) this.#onReached(destination);
    return changed;
  }

  /** It has not answered. */
  async failed(destination: string): Promise<DestinationHealth> {
    const health = await markFailed(this.#db, {
      destination,
      now: this.#clock.now(),
      firstMs: FIRST_PAUSE_MS,
      mostMs: MOST_PAUSE_MS,
      // Servers that went away together should not be called back together.
      jitter: 0.8 + Math.random() * 0.4,
    });
    this.#known.set(destination, health);
    return health;
  }

  /** What was known here may be old: another process has heard of the destination. */
  forget(destination: string): void {
    this.#known.delete(destination);
  }
}
