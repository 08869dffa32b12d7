import { getAccountData } from '../../storage/account-data/account-data.ts';
import { deleteDeviceRows, getDevices } from '../../storage/accounts/devices.ts';
import type { Context } from '../context.ts';
import { changeSessions } from './change-sessions.ts';
import { deviceCleanups } from './device-cleanups.ts';

/**
 * Deletes devices with their tokens, keys, messages and pushers, and tells who shares a room with the user. Devices that
 * are not there are passed over.
 * @returns the devices that were there.
 */
export async function deleteDevices(ctx: Context, userId: string, deviceIds: string[]): Promise<string[]> {
  const wanted = [...new Set(deviceIds)].filter((id) => !id.includes('\0'));
  if (wanted.length === 0) return [];
  const deleted = await changeSessions(ctx, userId, async (tx) => {
    const found = await deleteDeviceRows(tx, userId, wanted);
    if (found.length > 0) for (const clean of deviceCleanups) await clean(tx, userId, found);
    return found;
  });
  if (deleted.length > 0) await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: deleted });
  await forgetNotificationSettings(ctx, userId, deleted);
  return deleted;
}

/** A device's settings of local notifications (MSC3890) are of no use without it. */
async function forgetNotificationSettings(ctx: Context, userId: string, deviceIds: string[]): Promise<void> {
  for (const deviceId of deviceIds) {
    for (const prefix of ['org.matrix.msc3890', 'm']) {
      const type = `${prefix}.local_notification_settings.${deviceId}`;
      if ((await getAccountData(ctx.db, userId, null, type)) === undefined) continue;
      await ctx.writers.accountData.set({ userId, roomId: null, type, content: null });
    }
  }
}

/** Deletes all devices of a user, or all but one. */
export async function deleteAllDevices(
  ctx: Context,
  userId: string,
  exceptDeviceId?: string | null,
): Promise<string[]> {
  const devices = await getDevices(ctx.db, userId);
  return deleteDevices(
    ctx,
    userId,
    devices.map((device) => device.deviceId).filter((id) => id !== exceptDeviceId),
  );
}
