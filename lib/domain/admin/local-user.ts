import { notFound, unknown } from '../../spec/errors.ts';
import { isUserId, serverNameOf } from '../../spec/ids.ts';
import { getUser, type UserRow } from '../../storage/accounts/users.ts';
import type { Context } from '../context.ts';

/**
 * An account of this server that an administrator names.
 * @throws MatrixError 400 M_UNKNOWN for a user of another server, 404 M_NOT_FOUND for none.
 */
export async function localUser(ctx: Context, userId: string): Promise<UserRow> {
  if (!isUserId(userId)) throw notFound('There is no such user.');
  if (serverNameOf(userId) !== ctx.serverName) throw unknown('The user is not of this server.');
  const user = await getUser(ctx.db, userId);
  if (!user) throw notFound('There is no such user.');
  return user;
}
