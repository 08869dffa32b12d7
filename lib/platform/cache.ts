/**
 * A cache that may forget anything at any time. Only for what can be computed again; it fails like a miss, not with an
 * error (P6: below Lambdas only what cannot change).
 */
export interface Cache {
  /** The value, or undefined when it is not there or has expired. */
  get(key: string): Promise<string | undefined>;

  /** Keeps a value for at most `ttlMs` milliseconds. */
  set(key: string, value: string, ttlMs: number): Promise<void>;

  /** False when the cache could not be reached, so that the value may be there still. */
  delete(key: string): Promise<boolean>;

  /** Adds one to a counter and returns it. The first call starts it at 1 and sets when it expires. */
  increment(key: string, ttlMs: number): Promise<number>;

  /**
   * Takes one token from a bucket that holds at most `burst` and gains `ratePerSecond`. When the shared cache is down the
   * process's own bucket decides.
   *
   * @param now milliseconds since the epoch, from the clock.
   * @returns whether there was one; if not, how long until there is.
   */
  takeToken(key: string, ratePerSecond: number, burst: number, now: number): Promise<TokenAnswer>;

  close(): Promise<void>;
}

/** Answer of {@link Cache.takeToken}. `retryAfterMs` is 0 when allowed. */
export interface TokenAnswer {
  allowed: boolean;
  retryAfterMs: number;
}
