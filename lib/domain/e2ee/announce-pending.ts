import { getPendingDeviceLists } from '../../storage/device-lists/pending.ts';
import type { Context } from '../context.ts';

/** Whoever makes a change tells of it sooner than this. */
const GRACE_MS = 60_000;
const AT_ONCE = 1_000;

/** Tells of changes of devices and keys whose process ended before it could. Part of the job prune-to-device. */
export async function announcePendingDeviceLists(ctx: Pick<Context, 'db' | 'clock' | 'writers'>): Promise<void> {
  const { toDevice } = ctx.writers;
  for (const { userId, seenBy } of await getPendingDeviceLists(ctx.db, ctx.clock.now() - GRACE_MS, AT_ONCE)) {
    if (seenBy === null) await toDevice.deviceListChanged({ userId, deviceIds: [] });
    else await toDevice.signaturesChanged({ userId: seenBy, signed: [userId] });
  }
}
