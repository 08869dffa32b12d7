import type { EventRow } from '../../storage/events/event-row.ts';
import { getRoomsForUser } from '../../storage/timeline/spaces.ts';
import { getCurrentStateOfRooms } from '../../storage/timeline/state-at.ts';
import type { Context } from '../context.ts';
import { stateFor } from '../timeline/room-state.ts';
import { canSeeRoom } from '../timeline/visibility.ts';

/** The state of each room as the user gets to see it: today's, or that on leaving. Rooms that were left cost more. */
export async function stateOfRooms(ctx: Context, userId: string, roomIds: string[]): Promise<Map<string, EventRow[]>> {
  const rooms = await getRoomsForUser(ctx.db, userId, roomIds);
  const joined = rooms.filter((room) => room.membership === 'join');
  const rows = await getCurrentStateOfRooms(
    ctx.db,
    joined.map((room) => room.roomNid),
  );
  const states = Map.groupBy(rows, (row) => row.roomId);
  for (const room of rooms) {
    if (room.membership === 'join') continue;
    states.set(room.roomId, await stateFor(ctx, room, await canSeeRoom(ctx, room, userId)));
  }
  return states;
}
