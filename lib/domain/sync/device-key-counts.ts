import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../storage/database.ts';
import { getKeyCounts, type KeyCounts } from '../../storage/e2ee/one-time-keys.ts';
import { EVERYTHING } from '../../streams/caches-stream.ts';

/** Kind of the `caches` rows that say a device's key counts changed; the key is `user device`. */
export const KEY_COUNTS = 'key-counts';

/** Key counts of devices that sync, kept until the caches stream says that they changed. */
export class DeviceKeyCounts {
  readonly #db: Queryable;
  readonly #counts = new LRUCache<string, Promise<KeyCounts>>({ max: 50_000 });

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** What a device has left. */
  of(userId: string, deviceId: string): Promise<KeyCounts> {
    const key = `${userId} ${deviceId}`;
    let counts = this.#counts.get(key);
    if (!counts) {
      counts = getKeyCounts(this.#db, userId, deviceId);
      this.#counts.set(key, counts);
      counts.catch(() => this.#counts.delete(key));
    }
    return counts;
  }

  /** The counts of a device, or of all, changed. */
  forget(key: string): void {
    if (key === EVERYTHING) this.#counts.clear();
    else this.#counts.delete(key);
  }
}
