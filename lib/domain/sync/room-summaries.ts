import { getRoomSummaries } from '../../storage/sync/timelines.ts';
import type { Context } from '../context.ts';
import type { RoomSlice } from './joined-rooms.ts';
import { lazyLoads } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/**
 * Summaries (`m.heroes` and member counts) as JSON text, by room: for readers who load members lazily, where members
 * changed or the room is new to them.
 */
export async function roomSummaries(ctx: Context, scope: SyncScope, slices: RoomSlice[]): Promise<Map<number, string>> {
  if (!lazyLoads(scope.request.filter)) return new Map();
  const concerned = slices.filter(
    ({ work, timeline, state }) =>
      work.fresh ||
      work.fullState ||
      timeline.some(({ row }) => row.type === 'm.room.member') ||
      state.some((row) => row.type === 'm.room.member'),
  );
  const rows = await getRoomSummaries(
    ctx.db,
    concerned.map((s) => s.work.room.roomNid),
    scope.request.userId,
  );
  return new Map(
    rows.map((row) => [
      row.roomNid,
      JSON.stringify({
        ...(row.named ? {} : { 'm.heroes': row.heroes.length > 0 ? row.heroes : row.gone }),
        'm.joined_member_count': row.joined,
        'm.invited_member_count': row.invited,
      }),
    ]),
  );
}
