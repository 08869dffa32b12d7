import { MatrixError } from '../../spec/errors.ts';
import { getUserByThreepid } from '../../storage/accounts/threepids.ts';
import { putThreepid } from '../../storage/threepids/threepids.ts';
import type { Context } from '../context.ts';
import { type ThreepidCredentials, takeValidatedThreepid, type ValidatedThreepid } from './validation.ts';

/**
 * Adds the address that a session has validated to an account.
 * @throws MatrixError 403 M_THREEPID_AUTH_FAILED, 400 M_THREEPID_IN_USE
 */
export async function addThreepid(ctx: Context, userId: string, credentials: ThreepidCredentials): Promise<void> {
  const threepid = await takeValidatedThreepid(ctx, 'add', credentials);
  if (!threepid) throw new MatrixError(403, 'M_THREEPID_AUTH_FAILED', 'No address was validated with this session.');
  await giveThreepid(ctx, userId, threepid);
}

/** Adds an identifier to an account. @throws MatrixError 400 M_THREEPID_IN_USE when it is somebody else's */
export async function giveThreepid(ctx: Context, userId: string, threepid: ValidatedThreepid): Promise<void> {
  if (!(await putThreepid(ctx.db, userId, { ...threepid, addedTs: ctx.clock.now() }))) throw inUse();
}

/** @throws MatrixError 400 M_THREEPID_IN_USE when the identifier belongs to an account */
export async function checkThreepidFree(ctx: Context, { medium, address }: ValidatedThreepid): Promise<void> {
  if ((await getUserByThreepid(ctx.db, medium, address)) !== undefined) throw inUse();
}

function inUse(): MatrixError {
  return new MatrixError(400, 'M_THREEPID_IN_USE', 'This address belongs to another account.');
}
