import { randomBytes } from 'node:crypto';
import type { Cache } from './cache.ts';

/** A value as it lies in the cache. */
interface Entry {
  scope: string;
  version: string;
  value: unknown;
}

/** Versions last longer than the values under them; one that is gone makes its values misses. */
const VERSION_MS = 24 * 3_600_000;
const RETRY_MS = 1_000;
const MOST_WAITING = 10_000;
/** The scope that every value is in, too. */
const EVERYTHING = '*';

/**
 * Values that change, in the cache that all processes share (P6: read with their version). Each belongs to a scope and
 * carries the version that the scope had before the value was read from the database; putting a scope out of date drops
 * its version, so that nothing which was read before counts any more, not even what is stored afterwards.
 */
export class SharedValues {
  readonly #cache: Cache;
  /** Scopes that could not be put out of date yet. */
  #waiting = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** The value, if it is there and its scope has not changed since it was read. */
  async find<T>(key: string): Promise<T | undefined> {
    const text = await this.#cache.get(`value:${key}`);
    if (text === undefined) return undefined;
    const { scope, version, value } = JSON.parse(text) as Entry;
    return version === (await this.version(scope)) ? (value as T) : undefined;
  }

  /** The version of a scope. Take it before the database is asked and hand it to {@link keep}. */
  async version(scope: string): Promise<string> {
    const versions = await Promise.all([EVERYTHING, scope].map((one) => this.#versionOf(one)));
    return versions.join('.');
  }

  /** Keeps a value for at most `ttlMs` milliseconds. */
  async keep(key: string, entry: Entry, ttlMs: number): Promise<void> {
    await this.#cache.set(`value:${key}`, JSON.stringify(entry), ttlMs);
  }

  /**
   * Puts everything of a scope out of date, after the change is committed. While the cache cannot be reached it is tried
   * again until it can.
   */
  async outdate(scope: string): Promise<void> {
    if (await this.#cache.delete(versionKey(scope))) return;
    if (this.#waiting.size >= MOST_WAITING) this.#waiting = new Set([EVERYTHING]);
    else this.#waiting.add(scope);
    this.#timer ??= setTimeout(() => void this.#retry(), RETRY_MS).unref();
  }

  /** Puts everything out of date. */
  outdateAll(): Promise<void> {
    return this.outdate(EVERYTHING);
  }

  /** Ends trying. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  async #retry(): Promise<void> {
    this.#timer = undefined;
    const scopes = [...this.#waiting];
    this.#waiting.clear();
    for (const scope of scopes) await this.outdate(scope);
  }

  async #versionOf(scope: string): Promise<string> {
    const known = await this.#cache.get(versionKey(scope));
    if (known !== undefined) return known;
    // Two that make one at the same time: the first one's values are misses.
    const made = randomBytes(9).toString('base64url');
    await this.#cache.set(versionKey(scope), made, VERSION_MS);
    return made;
  }
}

function versionKey(scope: string): string {
  return `version:${scope}`;
}
