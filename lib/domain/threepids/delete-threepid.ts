import { deleteEmailPushers } from '../../storage/pushers/pushers.ts';
import { deleteThreepid } from '../../storage/threepids/threepids.ts';
import { canonicalAddress } from '../accounts/identify.ts';
import type { Context } from '../context.ts';
import { unbindThreepid } from './bindings.ts';

/**
 * Takes an identifier from an account, here and at identity servers.
 * @returns how that went at the identity servers
 */
export async function removeThreepid(
  ctx: Context,
  userId: string,
  threepid: { medium: string; address: string; idServer?: string },
): Promise<'success' | 'no-support'> {
  const { medium } = threepid;
  const address = canonicalAddress(medium, threepid.address);
  const result = await unbindThreepid(ctx, userId, { ...threepid, address });
  await deleteThreepid(ctx.db, userId, medium, address);
  if (medium === 'email') await deleteEmailPushers(ctx.db, userId, address);
  return result;
}
