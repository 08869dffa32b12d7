import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getStateOfGroup } from '../../storage/rooms/room-head.ts';
import type { Context } from '../context.ts';
import type { RoomSlice } from './joined-rooms.ts';
import type { EventPredicate } from './sync-filter.ts';

/** Replaces the state of rooms that the reader has left by that at the moment of leaving: later changes are not theirs. */
export async function leftRoomStates(ctx: Context, slices: RoomSlice[], wanted: EventPredicate): Promise<void> {
  for (const slice of slices) {
    const { room, fresh } = slice.work;
    if (!fresh || (room.membership !== 'leave' && room.membership !== 'ban')) continue;
    const first = slice.timeline[0]?.row ?? (await getEventsByNid(ctx.db, [room.eventNid]))[0];
    if (!first?.stateGroup) {
      slice.state = [];
      continue;
    }
    const nids = [...(await getStateOfGroup(ctx.db, first.stateGroup)).values()];
    slice.state = (await getEventsByNid(ctx.db, nids)).filter((row) => wanted.matches(row));
  }
}
