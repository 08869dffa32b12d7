import type { Queryable } from '../storage/database.ts';
import { type CacheChangeRow, insertCacheChanges } from '../storage/streams/cache-changes.ts';
import type { Context } from './context.ts';

/**
 * Notes inside a transaction that cached values are out of date; its last statement. Hand the answer to
 * {@link publishCacheChanges} after the commit.
 */
export function noteCacheChanges(q: Queryable, kind: string, keys: string[]): Promise<CacheChangeRow[]> {
  return insertCacheChanges(q, kind, keys);
}

/** Tells every process that follows the `caches` stream, this one included. */
export async function publishCacheChanges(ctx: Pick<Context, 'bus'>, rows: CacheChangeRow[]): Promise<void> {
  const first = rows[0];
  const last = rows.at(-1);
  if (!first || !last) return;
  await ctx.bus.publish({ stream: 'caches', from: first.position - 1, to: last.position, rows });
}
