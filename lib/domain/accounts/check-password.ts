import { forbidden, MatrixError } from '../../spec/errors.ts';
import { setPasswordHash, type UserRow } from '../../storage/accounts/users.ts';
import type { Context } from '../context.ts';
import { takeFromLimit } from '../rate-limits.ts';
import { findUser, identifierKey, type UserIdentifier } from './identify.ts';
import { decoyHash, hashPassword, isOutdated, verifyPassword } from './password-hash.ts';

/**
 * Finds the account that an identifier means and checks its password. An account that is not there takes as long as a
 * wrong password.
 * @throws MatrixError 403 M_FORBIDDEN; 403 M_USER_DEACTIVATED; 429 after too many tries; 400 for a malformed identifier.
 */
export async function checkPassword(ctx: Context, identifier: UserIdentifier, password: string): Promise<UserRow> {
  await takeFromLimit(ctx, 'login', identifierKey(identifier, ctx.serverName));
  const cost = ctx.config.passwordHash;
  const user = await findUser(ctx, identifier);
  const hash = user?.passwordHash;
  if (!user || !hash) {
    await verifyPassword(password, decoyHash(cost));
    if (user?.deactivatedTs) throw new MatrixError(403, 'M_USER_DEACTIVATED', 'This account has been deactivated.');
    throw wrong();
  }
  if (!(await verifyPassword(password, hash))) throw wrong();
  // Only now is the password at hand, so this is when a new cost can be applied.
  if (isOutdated(hash, cost)) await setPasswordHash(ctx.db, user.userId, await hashPassword(password, cost));
  return user;
}

function wrong(): MatrixError {
  return forbidden('Invalid username or password');
}
