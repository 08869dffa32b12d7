import type { Queryable } from '../../storage/database.ts';
import { putPendingDeviceLists } from '../../storage/device-lists/pending.ts';
import { deleteCrossSigningKeys, getCrossSigningKeys } from '../../storage/e2ee/cross-signing.ts';
import { deleteBackups } from '../../storage/e2ee/key-backups.ts';
import type { Context } from '../context.ts';

/** Deletes the cross-signing keys and backups of an account that has ended. */
export async function deleteUserKeys(ctx: Context, userId: string): Promise<void> {
  const hadKeys = await ctx.db.tx(async (tx: Queryable) => {
    const keys = await getCrossSigningKeys(tx, [userId]);
    await deleteCrossSigningKeys(tx, userId, keys);
    await deleteBackups(tx, userId);
    if (keys.length > 0) await putPendingDeviceLists(tx, [{ userId, seenBy: null }], ctx.clock.now());
    return keys.length > 0;
  });
  if (hadKeys) await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: [] });
}
