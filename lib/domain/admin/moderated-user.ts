import { forbidden, invalidParam, notFound } from '../../spec/errors.ts';
import { isUserId, serverNameOf } from '../../spec/ids.ts';
import { getUser, setRestrictions, type UserRow } from '../../storage/accounts/users.ts';
import { changeSessions } from '../accounts/change-sessions.ts';
import type { Context } from '../context.ts';

/**
 * An account that an administrator may lock or suspend (client-server API, server administration).
 * @throws MatrixError 400 M_INVALID_PARAM for a user of another server, 404 M_NOT_FOUND for no account or one that has
 *   ended, 403 M_FORBIDDEN for another administrator.
 */
export async function moderatedUser(ctx: Context, by: string, userId: string): Promise<UserRow> {
  if (!isUserId(userId) || serverNameOf(userId) !== ctx.serverName) {
    throw invalidParam('userId does not belong to this server.');
  }
  const user = await getUser(ctx.db, userId);
  if (!user || user.deactivatedTs !== null) throw notFound('There is no such user.');
  if (user.isAdmin && userId !== by) throw forbidden('The user is another administrator.');
  return user;
}

/**
 * Locks or suspends an account, or lifts that.
 * @throws MatrixError as of {@link moderatedUser}; 403 M_FORBIDDEN for the administrator's own account.
 */
export async function restrictUser(
  ctx: Context,
  by: string,
  userId: string,
  change: { locked?: boolean; suspended?: boolean },
): Promise<void> {
  if (userId === by) throw forbidden('You may not do this to your own account.');
  await moderatedUser(ctx, by, userId);
  await changeSessions(ctx, userId, (tx) => setRestrictions(tx, userId, change));
}
