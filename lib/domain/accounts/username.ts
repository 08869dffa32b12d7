import { MatrixError } from '../../spec/errors.ts';
import { fitsIdLength, isValidLocalpart } from '../../spec/ids.ts';
import { getUsersOfAnyCase } from '../../storage/accounts/users.ts';
import type { Context } from '../context.ts';
import { appservicesOf } from './appservices.ts';

/**
 * Checks the form of a new user's localpart.
 * @throws MatrixError 400 M_INVALID_USERNAME
 */
export function checkLocalpart(localpart: string, serverName: string): void {
  if (localpart === '') throw invalid('A user name cannot be empty.');
  if (!isValidLocalpart(localpart)) {
    throw invalid('A user name may have the characters a-z, 0-9, and . _ = - / + only.');
  }
  if (localpart.startsWith('_')) throw invalid('A user name may not start with an underscore.');
  if (!fitsIdLength(`@${localpart}:${serverName}`)) throw invalid('A user id may have at most 255 bytes.');
}

/**
 * Checks that somebody who registers can have a localpart.
 * @param appserviceId the application service that asks, if one does: its own namespace is open to it alone.
 * @throws MatrixError 400 M_INVALID_USERNAME, M_EXCLUSIVE or M_USER_IN_USE
 */
export async function checkUsername(ctx: Context, localpart: string, appserviceId?: string): Promise<void> {
  if (appserviceId === undefined) {
    checkLocalpart(localpart, ctx.serverName);
    if (/^\d+$/.test(localpart)) throw invalid('User names of digits only are kept for guests.');
  } else if (!isValidLocalpart(localpart) || !fitsIdLength(`@${localpart}:${ctx.serverName}`)) {
    throw invalid('A user name may have the characters a-z, 0-9, and . _ = - / + only.');
  }
  const userId = `@${localpart}:${ctx.serverName}`;
  const owner = appservicesOf(ctx).exclusiveOwner(userId);
  if (owner !== appserviceId && (owner !== undefined || appserviceId !== undefined)) {
    throw new MatrixError(400, 'M_EXCLUSIVE', 'This user id belongs to the namespace of an application service.');
  }
  if ((await getUsersOfAnyCase(ctx.db, userId)).length > 0) throw userInUse();
}

/** 400 M_USER_IN_USE. */
export function userInUse(): MatrixError {
  return new MatrixError(400, 'M_USER_IN_USE', 'User ID already taken.');
}

function invalid(message: string): MatrixError {
  return new MatrixError(400, 'M_INVALID_USERNAME', message);
}
