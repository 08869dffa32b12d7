import { missingParam } from '../../spec/errors.ts';
import { setExpiry } from '../../storage/admin/users.ts';
import { changeSessions } from '../accounts/change-sessions.ts';
import type { Context } from '../context.ts';

/**
 * Sets when an account expires: from then on its requests are refused.
 * @param expiresTs milliseconds; undefined: `accountValidity.periodMs` from now.
 * @returns the time that was set.
 * @throws MatrixError 400 M_MISSING_PARAM where no period is configured and no time is given.
 */
export async function setAccountExpiry(ctx: Context, userId: string, expiresTs: number | undefined): Promise<number> {
  const { periodMs } = ctx.config.accountValidity;
  if (expiresTs === undefined && periodMs === undefined) throw missingParam('The body has no expiration_ts.');
  const end = expiresTs ?? ctx.clock.now() + (periodMs as number);
  await changeSessions(ctx, userId, (tx) => setExpiry(tx, userId, end));
  return end;
}
