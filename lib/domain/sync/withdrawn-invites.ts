import { EVENT_OUTLIER } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import type { Context } from '../context.ts';
import type { Timeline } from './load-timelines.ts';
import type { RoomWork } from './sort-rooms.ts';

/**
 * Shows the end of an invite or a knock of rooms that this server is not in: the event has no place in the room's history,
 * but the reader has to hear of it. A query only where there may be one.
 */
export async function addWithdrawals(
  ctx: Context,
  left: readonly RoomWork[],
  timelines: ReadonlyMap<RoomWork, Timeline>,
): Promise<void> {
  const works = left.filter((work) => work.outside && timelines.get(work)?.shown.length === 0);
  if (works.length === 0) return;
  const rows = await getEventsByNid(
    ctx.db,
    works.map((work) => work.room.eventNid),
  );
  const byNid = new Map(rows.map((row) => [row.eventNid, row]));
  for (const work of works) {
    const row = byNid.get(work.room.eventNid);
    if (row && (row.flags & EVENT_OUTLIER) !== 0) {
      (timelines.get(work) as Timeline).shown.push({ row, membership: work.room.membership });
    }
  }
}
