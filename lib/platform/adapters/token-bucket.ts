import type { TokenAnswer } from '../cache.ts';

/** What is in a bucket, and when that was so (milliseconds since the epoch). */
export interface Bucket {
  tokens: number;
  at: number;
}

const NEVER_MS = 3_600_000;

/** Fills the bucket up to `now`, takes a token if there is one, and says how it stands afterwards. */
export function takeFrom(
  bucket: Bucket | undefined,
  ratePerSecond: number,
  burst: number,
  now: number,
): { bucket: Bucket; answer: TokenAnswer } {
  // Clocks of several machines differ; time that runs backwards fills nothing.
  const at = Math.max(now, bucket?.at ?? now);
  const gained = bucket ? ((at - bucket.at) / 1_000) * ratePerSecond : burst;
  const tokens = Math.min(burst, (bucket?.tokens ?? 0) + gained);
  if (tokens >= 1) return { bucket: { tokens: tokens - 1, at }, answer: { allowed: true, retryAfterMs: 0 } };
  return { bucket: { tokens, at }, answer: { allowed: false, retryAfterMs: retryAfterMs(tokens, ratePerSecond) } };
}

/** Milliseconds until a bucket with less than one token has one; an hour when it never will. */
export function retryAfterMs(tokens: number, ratePerSecond: number): number {
  return ratePerSecond > 0 ? Math.min(NEVER_MS, Math.ceil(((1 - tokens) / ratePerSecond) * 1_000)) : NEVER_MS;
}
