import { notFound } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEvent } from '../../storage/events/read-events.ts';
import { getPage } from '../../storage/timeline/pages.ts';
import { getEventsNearTime } from '../../storage/timeline/timestamps.ts';
import type { Context } from '../context.ts';
import { clientEvent, type Viewer } from '../events/client-event.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { stateGroupAfter } from '../timeline/lazy-members.ts';
import type { MessagesRequest } from '../timeline/messages.ts';
import { contentAllowed } from '../timeline/room-event-filter.ts';
import { stateOfGroup } from '../timeline/room-state.ts';
import { formatPoint, pointAfter, pointBefore } from '../timeline/tokens.ts';

/** A page of a room's history as it is, whoever may see it. */
export async function roomHistory(
  ctx: Context,
  room: Room,
  viewer: Viewer,
  request: MessagesRequest,
): Promise<JsonObject> {
  const { direction, from, to, limit, filter } = request;
  const rows = await getPage(ctx.db, { roomNid: room.roomNid, direction, from, to, filter, limit });
  const [first, last] = [rows[0], rows.at(-1)];
  const start = from ?? (first && (direction === 'b' ? pointAfter(first) : pointBefore(first)));
  const end = last && (direction === 'b' ? pointBefore(last) : pointAfter(last));
  return {
    chunk: rows.filter((row) => contentAllowed(filter, row)).map((row) => clientEvent(row, viewer)),
    start: formatPoint(start ?? { kind: 'stream', position: 0 }),
    ...(end ? { end: formatPoint(end) } : {}),
  };
}

/**
 * An event with what happened around it, whoever may see it.
 * @throws MatrixError 404 M_NOT_FOUND for an event that is not in the room.
 */
export async function contextOf(
  ctx: Context,
  room: Room,
  viewer: Viewer,
  request: Pick<MessagesRequest, 'limit' | 'filter'> & { eventId: string },
): Promise<JsonObject> {
  const { eventId, limit, filter } = request;
  const row = eventId.includes('\0') ? undefined : await getEvent(ctx.db, eventId);
  if (!row || row.roomNid !== room.roomNid || row.position === null) throw notFound('There is no such event.');
  const share = Math.floor(limit / 2);
  const side = async (direction: 'b' | 'f', count: number): Promise<EventRow[]> => {
    const from = direction === 'b' ? pointBefore(row) : pointAfter(row);
    if (count === 0) return [];
    return getPage(ctx.db, { roomNid: room.roomNid, direction, from, to: undefined, filter, limit: count });
  };
  const [before, after] = await Promise.all([side('b', share), side('f', limit - share)]);
  const state = await stateOfGroup(ctx, stateGroupAfter(after.at(-1) ?? row), () => true);
  const show = (event: EventRow) => clientEvent(event, viewer);
  return {
    start: formatPoint(pointBefore(before.at(-1) ?? row)),
    end: formatPoint(pointAfter(after.at(-1) ?? row)),
    events_before: before.map(show),
    event: show(row),
    events_after: after.map(show),
    state: state.map(show),
  };
}

/** The event nearest to a moment in milliseconds. @throws MatrixError 404 M_NOT_FOUND without one. */
export async function eventNear(ctx: Context, room: Room, ts: number, direction: 'b' | 'f'): Promise<EventRow> {
  const [row] = await getEventsNearTime(ctx.db, { roomNid: room.roomNid, ts, direction, limit: 1, skip: 0 });
  if (!row) throw notFound(`There is no event ${direction === 'f' ? 'after' : 'before'} ${ts}.`);
  return row;
}
