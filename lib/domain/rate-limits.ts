import { limitExceeded } from '../spec/errors.ts';
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
  const answer = await ctx.cache.takeToken(`limit:${kind}:${key}`, limit.perSecond, limit.burstCount, ctx.clock.now());
  if (!answer.allowed) throw limitExceeded(answer.retryAfterMs);
}
