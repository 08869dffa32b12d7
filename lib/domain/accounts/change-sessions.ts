import type { Queryable } from '../../storage/database.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import { outdateUser } from '../shared-users.ts';
import { SESSIONS, tokenCacheOf } from './token-cache.ts';

/**
 * Changes a user's tokens, or what their account may do, in a transaction after which no process believes what it knew
 * of them: this one at once, the others when the `caches` stream reaches them.
 */
export async function changeSessions<T>(
  ctx: Context,
  userId: string,
  change: (tx: Queryable) => Promise<T>,
): Promise<T> {
  const { result, rows } = await ctx.db.tx(async (tx) => ({
    result: await change(tx),
    rows: await noteCacheChanges(tx, SESSIONS, [userId]),
  }));
  tokenCacheOf(ctx).forgetUser(userId);
  await outdateUser(ctx, userId);
  await publishCacheChanges(ctx, rows);
  return result;
}
