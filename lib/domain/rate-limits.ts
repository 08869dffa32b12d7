import { LRUCache } from 'lru-cache';
import { limitExceeded } from '../spec/errors.ts';
import { getRateLimitOverride, type RateLimitOverride, setRateLimitOverride } from '../storage/admin/rate-limits.ts';
import type { Context } from './context.ts';

/** Kinds of `rateLimits` in the configuration. */
export type RateLimitKind =
  | 'message'
  | 'registration'
  | 'login'
  | 'join'
  | 'invite'
  | 'roomCreation'
  | 'presence'
  | 'federation'
  | 'admin';

/**
 * Takes one request from a bucket.
 * @param key whose bucket: a user id, or an IP address before there is one.
 * @throws MatrixError 429 M_LIMIT_EXCEEDED with `retry_after_ms`.
 */
export async function takeFromLimit(ctx: Context, kind: RateLimitKind, key: string): Promise<void> {
  const limits = ctx.config.rateLimits;
  if (limits === false) return;
  const limit = limits[kind];
  if (limit === false) return;
  const own = key.startsWith('@') ? await overrideOf(ctx, key) : undefined;
  if (own?.perSecond === 0) return;
  const { perSecond, burstCount } = kind === 'message' && own ? own : limit;
  const answer = await ctx.cache.takeToken(`limit:${kind}:${key}`, perSecond, burstCount, ctx.clock.now());
  if (!answer.allowed) throw limitExceeded(answer.retryAfterMs);
}

/** By database; other processes hear of a change when an entry is this old. */
const OVERRIDE_MS = 10_000;
const overrides = new WeakMap<Context['db'], LRUCache<string, { own: RateLimitOverride | undefined }>>();

function overridesOf(ctx: Context): LRUCache<string, { own: RateLimitOverride | undefined }> {
  let cache = overrides.get(ctx.db);
  if (!cache) {
    cache = new LRUCache({ max: 10_000, ttl: OVERRIDE_MS });
    overrides.set(ctx.db, cache);
  }
  return cache;
}

async function overrideOf(ctx: Context, userId: string): Promise<RateLimitOverride | undefined> {
  const cache = overridesOf(ctx);
  const known = cache.get(userId);
  if (known) return known.own;
  const own = await getRateLimitOverride(ctx.db, userId);
  cache.set(userId, { own });
  return own;
}

/** Gives a user a limit of messages of their own (0 a second: no limit at all), or takes it away. */
export async function setOverride(ctx: Context, userId: string, own: RateLimitOverride | undefined): Promise<void> {
  await setRateLimitOverride(ctx.db, userId, own);
  overridesOf(ctx).delete(userId);
}
