import { LRUCache } from 'lru-cache';
import type { AccessTokenRow } from '../../storage/accounts/access-tokens.ts';
import { EVERYTHING } from '../../streams/caches-stream.ts';
import type { Context } from '../context.ts';
import type { Requester } from './requester.ts';

/** Kind of the rows of the `caches` stream that end what is known of a user's tokens; the key is the user id. */
export const SESSIONS = 'sessions';

const MOST_TOKENS = 50_000;
const LONGEST_MS = 300_000;

/** What an access token turned out to be. */
export interface KnownToken {
  row: AccessTokenRow;
  requester: Requester;
}

/**
 * The access tokens that this process has looked up, by hash. Only a process that follows the `caches` stream keeps
 * them; others ask the database each time (P6).
 */
export class TokenCache {
  readonly #tokens: LRUCache<string, KnownToken>;
  readonly #byUser = new Map<string, Set<string>>();
  readonly #ctx: Pick<Context, 'streams'>;
  #following = false;
  /** Grows with every {@link forgetUser}; what was read before is not kept. */
  #generation = 0;

  constructor(ctx: Pick<Context, 'streams'>) {
    this.#ctx = ctx;
    this.#tokens = new LRUCache({
      max: MOST_TOKENS,
      ttl: LONGEST_MS,
      dispose: (known, key) => this.#unlink(known.row.userId, key),
    });
  }

  get(key: string): KnownToken | undefined {
    return this.#tokens.get(key);
  }

  /** Take it before the database is asked and hand it to {@link keep}. */
  get generation(): number {
    return this.#generation;
  }

  /** Keeps what the database said, unless something was forgotten since it was asked. */
  keep(key: string, known: KnownToken, generation: number): void {
    if (generation !== this.#generation || !this.#follow()) return;
    this.#tokens.set(key, known);
    const { userId } = known.row;
    const keys = this.#byUser.get(userId);
    if (keys) keys.add(key);
    else this.#byUser.set(userId, new Set([key]));
  }

  /** Forgets all tokens of a user. */
  forgetUser(userId: string): void {
    this.#generation++;
    for (const key of [...(this.#byUser.get(userId) ?? [])]) this.#tokens.delete(key);
  }

  #follow(): boolean {
    if (this.#following) return true;
    if (!this.#ctx.streams.follows('caches')) return false;
    this.#following = true;
    this.#ctx.streams.on('caches', (rows) => {
      for (const row of rows) {
        if (row.kind === SESSIONS) this.forgetUser(row.key);
        else if (row.kind === EVERYTHING) this.#forgetAll();
      }
    });
    // What this call brings was read before we listened.
    return false;
  }

  #forgetAll(): void {
    this.#generation++;
    this.#tokens.clear();
  }

  #unlink(userId: string, key: string): void {
    const keys = this.#byUser.get(userId);
    keys?.delete(key);
    if (keys?.size === 0) this.#byUser.delete(userId);
  }
}

const caches = new WeakMap<object, TokenCache>();

/** The token cache of a process. */
export function tokenCacheOf(ctx: Pick<Context, 'streams'>): TokenCache {
  let cache = caches.get(ctx);
  if (!cache) {
    cache = new TokenCache(ctx);
    caches.set(ctx, cache);
  }
  return cache;
}
