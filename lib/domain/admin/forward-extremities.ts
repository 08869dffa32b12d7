import { unknown } from '../../spec/errors.ts';
import { type ExtremityRow, getForwardExtremities } from '../../storage/admin/forward-extremities.ts';
import { getJoinedLocals } from '../../storage/rooms/memberships.ts';
import type { Context } from '../context.ts';
import { powerLevelsOf, type Room } from '../rooms/room-lookup.ts';

const DUMMY = 'org.matrix.dummy_event';
const MOST_MEMBERS = 10_000;
const MOST_ROUNDS = 20;

/** The ends of a room's graph. */
export function forwardExtremities(ctx: Context, room: Room): Promise<ExtremityRow[]> {
  return getForwardExtremities(ctx.db, room.roomNid);
}

/**
 * Joins the ends of a room's graph by events that nobody shows, so that one is left. Cutting ends off would change the
 * room's state.
 * @returns how many ends fewer there are.
 * @throws MatrixError 400 M_UNKNOWN where no user of this server may send events to the room.
 */
export async function mergeExtremities(ctx: Context, room: Room): Promise<number> {
  const before = (await getForwardExtremities(ctx.db, room.roomNid)).length;
  let now = before;
  if (now <= 1) return 0;
  const levels = await powerLevelsOf(ctx, room);
  const members = await getJoinedLocals(ctx.db, room.roomNid, MOST_MEMBERS);
  const sender = members.find((userId) => levels.userLevel(userId) >= levels.eventLevel(DUMMY, false));
  if (sender === undefined) throw unknown('No user of this server may send events to the room.');
  for (let round = 0; round < MOST_ROUNDS && now > 1; round++) {
    await ctx.writers.events.send({ roomId: room.roomId, event: { type: DUMMY, sender, content: {} } });
    now = (await getForwardExtremities(ctx.db, room.roomNid)).length;
  }
  return before - now;
}
