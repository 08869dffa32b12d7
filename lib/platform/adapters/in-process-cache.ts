import { LRUCache } from 'lru-cache';
import type { Cache, TokenAnswer } from '../cache.ts';
import { type Bucket, takeFrom } from './token-bucket.ts';

// What an entry costs beside its key and value, roughly.
const ENTRY_BYTES = 150;
const MOST_BUCKETS = 50_000;

/** A cache inside this process; the least recently used entries go when it is full. */
export class InProcessCache implements Cache {
  readonly #values: LRUCache<string, string>;
  readonly #buckets = new LRUCache<string, Bucket>({ max: MOST_BUCKETS });

  /** @param maxBytes memory for values; default 32 MiB. */
  constructor(maxBytes = 32 * 1024 * 1024) {
    this.#values = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (value, key) => 2 * (value.length + key.length) + ENTRY_BYTES,
      ttlResolution: 0,
    });
  }

  async get(key: string): Promise<string | undefined> {
    return this.#values.get(key);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.#values.set(key, value, { ttl: Math.max(1, ttlMs) });
  }

  async delete(key: string): Promise<boolean> {
    this.#values.delete(key);
    return true;
  }

  async increment(key: string, ttlMs: number): Promise<number> {
    const known = this.#values.get(key);
    const count = Number(known ?? 0) + 1;
    this.#values.set(key, String(count), known === undefined ? { ttl: Math.max(1, ttlMs) } : { noUpdateTTL: true });
    return count;
  }

  async takeToken(key: string, ratePerSecond: number, burst: number, now: number): Promise<TokenAnswer> {
    const { bucket, answer } = takeFrom(this.#buckets.get(key), ratePerSecond, burst, now);
    this.#buckets.set(key, bucket);
    return answer;
  }

  async close(): Promise<void> {
    this.#values.clear();
    this.#buckets.clear();
  }
}
