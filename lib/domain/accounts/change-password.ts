import { setPasswordHash } from '../../storage/accounts/users.ts';
import type { Context } from '../context.ts';
import { deleteAllDevices } from './delete-devices.ts';
import { hashPassword } from './password-hash.ts';

/**
 * Gives a user another password.
 * @param options.logoutDevices delete all devices but `keepDeviceId`.
 */
export async function changePassword(
  ctx: Context,
  userId: string,
  password: string,
  options: { logoutDevices: boolean; keepDeviceId?: string | null },
): Promise<void> {
  await setPasswordHash(ctx.db, userId, await hashPassword(password, ctx.config.passwordHash));
  if (options.logoutDevices) await deleteAllDevices(ctx, userId, options.keepDeviceId);
}
