import { notFound } from '../../spec/errors.ts';
import { allowKeyReplacementUntil } from '../../storage/accounts/users.ts';
import { getCrossSigningKeys } from '../../storage/e2ee/cross-signing.ts';
import type { Context } from '../context.ts';

const OPEN_MS = 600_000;

/**
 * Lets a user replace the cross-signing master key without authenticating, for ten minutes.
 * @returns the end of that time in milliseconds.
 * @throws MatrixError 404 M_NOT_FOUND for a user without a master key.
 */
export async function allowKeyReplacement(ctx: Context, userId: string): Promise<number> {
  const keys = await getCrossSigningKeys(ctx.db, [userId]);
  if (!keys.some((key) => key.usage === 'master')) throw notFound('The user has no cross-signing master key.');
  const until = ctx.clock.now() + OPEN_MS;
  await allowKeyReplacementUntil(ctx.db, userId, until);
  return until;
}
