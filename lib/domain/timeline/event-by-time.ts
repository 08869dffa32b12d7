import { notFound } from '../../spec/errors.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsNearTime } from '../../storage/timeline/timestamps.ts';
import type { Context } from '../context.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { canSeeRoom, filterVisible } from './visibility.ts';

const PAGE = 50;
const MOST_PAGES = 10;

/**
 * The event of a room nearest to a moment, at or after it (`f`) or at or before it (`b`), among those that the user may
 * see.
 * @param ts milliseconds since the epoch.
 * @throws MatrixError 404 M_NOT_FOUND without one, 403 M_FORBIDDEN for those who may not read the room.
 */
export async function eventByTime(
  ctx: Context,
  room: Room,
  userId: string,
  ts: number,
  direction: 'b' | 'f',
): Promise<EventRow> {
  await canSeeRoom(ctx, room, userId);
  for (let page = 0; page < MOST_PAGES; page++) {
    const limit = page === 0 ? 1 : PAGE;
    const skip = page === 0 ? 0 : 1 + (page - 1) * PAGE;
    const rows = await getEventsNearTime(ctx.db, { roomNid: room.roomNid, ts, direction, limit, skip });
    const [event] = await filterVisible(ctx, room.roomNid, userId, rows);
    if (event) return event.row;
    if (rows.length < limit) break;
  }
  throw notFound(`There is no event that you may see ${direction === 'f' ? 'after' : 'before'} ${ts}.`);
}
