import type { EventRow } from '../../storage/events/event-row.ts';
import type { Context } from '../context.ts';
import { getRoom } from '../rooms/room-lookup.ts';
import { stateFor } from '../timeline/room-state.ts';
import { canSeeRoom } from '../timeline/visibility.ts';

/** The state of each room as the user gets to see it: today's, or that on leaving. A few queries a room. */
export async function stateOfRooms(ctx: Context, userId: string, roomIds: string[]): Promise<Map<string, EventRow[]>> {
  const states = new Map<string, EventRow[]>();
  for (const roomId of roomIds) {
    const room = await getRoom(ctx, roomId);
    states.set(roomId, await stateFor(ctx, room, await canSeeRoom(ctx, room, userId)));
  }
  return states;
}
