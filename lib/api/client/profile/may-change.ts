import type { Requester } from '../../../domain/accounts/requester.ts';
import type { Context } from '../../../domain/context.ts';
import { getProfile, isLocal } from '../../../domain/profiles/profile.ts';
import { forbidden, invalidParam, notFound } from '../../../spec/errors.ts';
import { isUserId } from '../../../spec/ids.ts';

/**
 * Checks that somebody may change a field of a profile: their own, of guests the display name only; administrators anybody's
 * of this server.
 * @throws MatrixError 400 M_INVALID_PARAM, 403 M_FORBIDDEN, 404 M_NOT_FOUND.
 */
export async function checkMayChange(ctx: Context, requester: Requester, userId: string, field: string): Promise<void> {
  if (!isUserId(userId)) throw invalidParam(`${JSON.stringify(userId)} is not a user id.`);
  if (userId !== requester.userId) {
    if (!requester.isAdmin || !isLocal(ctx, userId)) throw forbidden("You can't change the profile of somebody else.");
    if (!(await getProfile(ctx, userId))) throw notFound(`There is no user ${userId}.`);
  }
  if (requester.isGuest && field !== 'displayname') throw forbidden('Guests may change their display name only.');
}
