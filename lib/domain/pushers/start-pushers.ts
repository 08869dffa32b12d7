import { EVENT_OUTLIER, type EventRow } from '../../storage/events/event-row.ts';
import { queuePushes, wantBadges } from '../../storage/pushers/push-queue.ts';
import type { Context } from '../context.ts';
import { runEventReader } from '../events/event-reader.ts';
import { PusherLoop } from './pusher-loop.ts';

const READ = new Set(['m.read', 'm.read.private']);

/** Rows that were read from the database don't say whom they notify beside the usual. */
function mayNotify({ notify, pushExceptions }: EventRow): boolean {
  return notify > 0 || (pushExceptions?.some((x) => x.notify > 0) ?? true);
}

/**
 * Pushes: queues events for pushers as they come by the events stream, each once whatever happens, and sends what is
 * queued. Every process of the unit does; none is needed for certain users. Returns the function that ends it.
 */
export function startPushers(ctx: Context): () => Promise<void> {
  const loop = new PusherLoop(ctx);
  const stopReader = runEventReader(ctx, {
    name: 'pusher',
    // An invite to a room of others has a place in the stream, though none in the room's history.
    concerns: (row) => (row.flags & ~EVENT_OUTLIER) === 0 && row.position !== null && mayNotify(row),
    async take(q, rows) {
      await queuePushes(q, rows, ctx.clock.now());
    },
    taken: (rows) => {
      if (rows.length > 0) loop.kick();
    },
  });
  const suffix = `:${ctx.serverName}`;
  const stopReceipts = ctx.streams.on('receipts', (rows) => {
    const readers = rows.filter((row) => READ.has(row.receiptType) && row.userId.endsWith(suffix));
    if (readers.length === 0) return;
    // A count that is told late is told with the next notification.
    wantBadges(ctx.db, [...new Set(readers.map((row) => row.userId))], ctx.clock.now()).then(
      (some) => some && loop.kick(),
      (error) => ctx.log.warn({ err: error }, 'unread counts could not be queued for pushers'),
    );
  });
  return async () => {
    stopReceipts();
    await stopReader();
    await loop.stop();
  };
}
