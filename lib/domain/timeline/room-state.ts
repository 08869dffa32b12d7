import { forbidden, notFound } from '../../spec/errors.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getCurrentStateEvent, getWholeCurrentState } from '../../storage/rooms/room-facts.ts';
import { getStateOfGroup } from '../../storage/rooms/room-head.ts';
import { getMemberEvents, type MemberQuery } from '../../storage/timeline/members.ts';
import { getLastEventAt, getStateAt } from '../../storage/timeline/state-at.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { stateGroupAfter } from './lazy-members.ts';
import type { TimelinePoint } from './tokens.ts';
import { canSeeRoom, filterVisible, type RoomAccess } from './visibility.ts';

/** State events of a state group; only those that are wanted are loaded. */
export async function stateOfGroup(
  ctx: Context,
  stateGroup: number | null,
  wanted: (type: string, stateKey: string) => boolean = () => true,
): Promise<EventRow[]> {
  if (stateGroup === null) return [];
  const nids: number[] = [];
  for (const [key, nid] of await getStateOfGroup(ctx.db, stateGroup)) {
    const cut = key.indexOf('\0');
    if (wanted(key.slice(0, cut), key.slice(cut + 1))) nids.push(nid);
  }
  return getEventsByNid(ctx.db, nids);
}

/** The state of a room that somebody with that access gets to see: today's, or that on leaving. */
export async function stateFor(ctx: Context, room: { roomNid: number }, access: RoomAccess): Promise<EventRow[]> {
  if (access.departure) return stateOfGroup(ctx, access.departure.stateGroup);
  return getWholeCurrentState(ctx.db, room.roomNid);
}

/**
 * One state event: of today, or of when the user left.
 * @throws MatrixError 403 M_FORBIDDEN for those who may not read the room, 404 M_NOT_FOUND without such an event.
 */
export async function stateEventFor(
  ctx: Context,
  room: Room,
  userId: string,
  type: string,
  stateKey: string,
): Promise<EventRow> {
  const { departure } = await canSeeRoom(ctx, room, userId);
  let row: EventRow | undefined;
  // No stored text holds a NUL, and the database takes none.
  if (!`${type}${stateKey}`.includes('\0')) {
    if (!departure) row = await getCurrentStateEvent(ctx.db, room.roomNid, type, stateKey);
    else if (departure.stateGroup !== null) {
      const found = await getStateAt(ctx.db, [{ stateGroup: departure.stateGroup, type, stateKey }]);
      [row] = await getEventsByNid(
        ctx.db,
        found.map(({ eventNid }) => eventNid),
      );
    }
  }
  if (!row) throw notFound(`The room has no state of type ${type} with that key.`);
  return row;
}

/**
 * Member events of a room: today's, or of an earlier moment, or of when the user left.
 * @throws MatrixError 403 M_FORBIDDEN for those who may not read the room, or not see that moment.
 */
export async function membersFor(
  ctx: Context,
  room: Room,
  userId: string,
  query: MemberQuery & { at: TimelinePoint | undefined },
): Promise<EventRow[]> {
  const { departure } = await canSeeRoom(ctx, room, userId);
  if (!query.at && !departure) return getMemberEvents(ctx.db, room.roomNid, query);
  const position = Math.min(query.at?.position ?? Infinity, departure?.position ?? Infinity);
  const last = await getLastEventAt(ctx.db, room.roomNid, position);
  const seen = last ? await filterVisible(ctx, room.roomNid, userId, [last], { keepIgnored: true }) : [];
  if (!last || seen.length === 0) throw forbidden('You may not see who was in the room at that moment.');
  const rows = await stateOfGroup(ctx, stateGroupAfter(last), (type) => type === 'm.room.member');
  if (query.membership === undefined && query.notMembership === undefined) return rows;
  return rows.filter((row) => {
    const { membership } = visiblePdu(row).content;
    const not = query.notMembership !== undefined && membership !== query.notMembership;
    return membership === query.membership || not;
  });
}
