import { EVERYTHING } from '../streams/caches-stream.ts';
import { SESSIONS } from './accounts/token-cache.ts';
import type { Context } from './context.ts';

/** Kind of the rows of the `caches` stream that tell of a changed profile; the key is the user id. */
export const PROFILES = 'profiles';

/** How long what is known of a user may lie in the shared cache. */
const KEPT_MS = 60_000;

const scopeOf = (userId: string) => `user:${userId}`;

/**
 * Something that belongs to a user (what a token stands for, a profile), from the shared cache or the database. Processes
 * that follow no streams have nothing of their own to keep it in.
 * @param load asks the database; undefined is not kept
 */
export async function sharedOfUser<T>(
  ctx: Pick<Context, 'shared'>,
  key: string,
  userId: string,
  load: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const known = await ctx.shared.find<T>(key);
  if (known !== undefined) return known;
  const scope = scopeOf(userId);
  const version = await ctx.shared.version(scope);
  const value = await load();
  if (value !== undefined) await ctx.shared.keep(key, { scope, version, value }, KEPT_MS);
  return value;
}

/** Puts what is shared of a user out of date, after the change was committed and before anybody is told of it. */
export function outdateUser(ctx: Pick<Context, 'shared'>, userId: string): Promise<void> {
  return ctx.shared.outdate(scopeOf(userId));
}

/**
 * Follows the `caches` stream and puts out of date what it names: whoever made a change may have been cut off from the
 * cache, or have ended. What happened while nobody followed is not known, so everything is put out of date first.
 */
export function startSharedKeeper(ctx: Context): () => Promise<void> {
  const stop = ctx.streams.on('caches', (rows) => {
    for (const row of rows) {
      if (row.kind === EVERYTHING) void ctx.shared.outdateAll();
      else if (row.kind === SESSIONS || row.kind === PROFILES) void outdateUser(ctx, row.key);
    }
  });
  const begun = ctx.shared.outdateAll();
  return async () => {
    stop();
    await begun;
  };
}
