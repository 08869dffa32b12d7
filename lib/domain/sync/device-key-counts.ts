import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../storage/database.ts';
import { getKeyCounts, type KeyCounts } from '../../storage/e2ee/one-time-keys.ts';
import { EVERYTHING } from '../../streams/caches-stream.ts';

/** Kind of the `caches` rows that say key counts of a user's devices changed; the key is the user id. */
export const KEY_COUNTS = 'key-counts';

/** Key counts of devices that sync, kept until the caches stream says that they changed. */
export class DeviceKeyCounts {
  readonly #db: Queryable;
  readonly #users = new LRUCache<string, Map<string, Promise<KeyCounts>>>({ max: 50_000 });

  /** Whether the caches stream is followed; otherwise the database is asked each time. */
  keep = false;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** What a device has left. */
  of(userId: string, deviceId: string): Promise<KeyCounts> {
    if (!this.keep) return getKeyCounts(this.#db, userId, deviceId);
    let devices = this.#users.get(userId);
    if (!devices) {
      devices = new Map();
      this.#users.set(userId, devices);
    }
    const known = devices.get(deviceId);
    if (known) return known;
    const counts = getKeyCounts(this.#db, userId, deviceId);
    devices.set(deviceId, counts);
    const kept = devices;
    counts.catch(() => kept.delete(deviceId));
    return counts;
  }

  /** The counts of a user's devices, or of all, changed. */
  forget(key: string): void {
    if (key === EVERYTHING) this.#users.clear();
    else this.#users.delete(key);
  }
}
