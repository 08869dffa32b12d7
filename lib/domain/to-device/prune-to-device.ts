import { pruneClaimedKeys } from '../../storage/e2ee/one-time-keys.ts';
import { pruneEduOutbox } from '../../storage/federation/edu-outbox.ts';
import { pruneOrphanedToDevice, pruneToDeviceTransactions } from '../../storage/to-device/to-device.ts';
import type { Context } from '../context.ts';
import { announcePendingDeviceLists } from '../e2ee/announce-pending.ts';

const DAY_MS = 86_400_000;
const TRANSACTION_LIFETIME_MS = DAY_MS;
const CLAIMED_KEY_LIFETIME_MS = 7 * DAY_MS;
const OUTBOUND_LIFETIME_MS = 30 * DAY_MS;

/**
 * Removes what is left over of to-device messages and one-time keys: transactions after a day, keys that were given out
 * after a week, messages to devices that are gone, and after a month those to servers that are. Tells of changes of device
 * lists that nobody told of. A job of the background unit.
 */
export async function pruneToDevice(ctx: Pick<Context, 'db' | 'clock' | 'writers'>): Promise<void> {
  const now = ctx.clock.now();
  await pruneToDeviceTransactions(ctx.db, now - TRANSACTION_LIFETIME_MS);
  await pruneClaimedKeys(ctx.db, now - CLAIMED_KEY_LIFETIME_MS);
  await pruneEduOutbox(ctx.db, now - OUTBOUND_LIFETIME_MS);
  await pruneOrphanedToDevice(ctx.db);
  await announcePendingDeviceLists(ctx);
}
