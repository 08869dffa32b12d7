import type { DirectoryProfile } from '../../storage/user-directory/directory-entries.ts';
import { findUsers } from '../../storage/user-directory/find-users.ts';
import type { Context } from '../context.ts';
import { folded, wordsOf } from './words.ts';

const MOST_PREFIXES = 10;

/**
 * Users whose id or display name has words beginning like those of the term: those who share a room with the searcher or
 * are in a room that anybody may join or look into; with `userDirectory.searchAllUsers` everybody else.
 *
 * @returns `limited` says that there are more than `limit`.
 */
export async function searchUsers(
  ctx: Context,
  userId: string,
  term: string,
  limit: number,
): Promise<{ users: DirectoryProfile[]; limited: boolean }> {
  const prefixes = wordsOf(term).slice(0, MOST_PREFIXES);
  if (prefixes.length === 0 || !ctx.config.userDirectory.enabled) return { users: [], limited: false };
  const users = await findUsers(ctx.db, {
    userId,
    prefixes,
    whole: folded(term),
    everybody: ctx.config.userDirectory.searchAllUsers,
    limit: limit + 1,
  });
  return { users: users.slice(0, limit), limited: users.length > limit };
}
