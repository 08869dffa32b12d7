import { forbidden, notFound } from '../../spec/errors.ts';
import { matchesRoom, matchesType, type RoomEventFilter } from '../../spec/filters.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEvent } from '../../storage/events/read-events.ts';
import { getPage } from '../../storage/timeline/pages.ts';
import type { Context } from '../context.ts';
import { clientEventJson, type Viewer } from '../events/client-event.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { stateGroupAfter } from './lazy-members.ts';
import { contentAllowed, eventAllowed } from './room-event-filter.ts';
import { stateOfGroup } from './room-state.ts';
import { eventWriter } from './show-events.ts';
import { formatPoint, pointAfter, pointBefore } from './tokens.ts';
import { canSeeRoom, filterVisible, type VisibleEvent } from './visibility.ts';

/**
 * Answers GET /rooms/{roomId}/context/{eventId} as JSON text. The limit is shared out between before and after; what
 * the user may not see is missing from its share.
 *
 * @throws MatrixError 404 M_NOT_FOUND for an unknown event, 403 M_FORBIDDEN when the user may not read the room or the
 * event.
 */
export async function eventContext(
  ctx: Context,
  room: Room,
  viewer: Viewer,
  request: { eventId: string; limit: number; filter: RoomEventFilter },
): Promise<string> {
  const { eventId, limit, filter } = request;
  const { departure } = await canSeeRoom(ctx, room, viewer.userId);
  const row = eventId.includes('\0') ? undefined : await getEvent(ctx.db, eventId);
  if (!row || row.roomNid !== room.roomNid || row.position === null) throw notFound(`There is no event ${eventId}.`);

  const share = Math.floor(limit / 2);
  const side = (direction: 'b' | 'f', count: number): Promise<EventRow[]> => {
    if (count === 0 || !matchesRoom(filter, room.roomId)) return Promise.resolve([]);
    const from = direction === 'b' ? pointBefore(row) : pointAfter(row);
    return getPage(ctx.db, {
      roomNid: room.roomNid,
      direction,
      from,
      to: undefined,
      ceiling: departure?.position,
      filter,
      limit: count,
    });
  };
  const [before, after] = await Promise.all([side('b', share), side('f', limit - share)]);
  const around = [...before, ...after].filter((near) => contentAllowed(filter, near));
  const visible = new Map(
    (await filterVisible(ctx, room.roomNid, viewer.userId, [row, ...around])).map((event) => [
      event.row.eventNid,
      event,
    ]),
  );
  const event = visible.get(row.eventNid);
  if (!event) throw forbidden('You may not see that event.');
  const shown = (rows: EventRow[]) => rows.flatMap((near) => visible.get(near.eventNid) ?? []);
  const eventsBefore = shown(before);
  const eventsAfter = shown(after);

  const all = [event, ...eventsBefore, ...eventsAfter];
  const [write, state] = await Promise.all([
    eventWriter(ctx, viewer, all),
    stateAround(ctx, all, (eventsAfter.at(-1) ?? event).row, filter),
  ]);
  return jsonObject({
    start: JSON.stringify(formatPoint(pointBefore(before.at(-1) ?? row))),
    end: JSON.stringify(formatPoint(pointAfter(after.at(-1) ?? row))),
    events_before: jsonArray(eventsBefore.map(write)),
    event: write(event),
    events_after: jsonArray(eventsAfter.map(write)),
    state: jsonArray(state.map((entry) => clientEventJson(entry, viewer))),
  });
}

/** State after the last event; of the members only the senders where they are loaded lazily. */
async function stateAround(
  ctx: Context,
  events: VisibleEvent[],
  last: EventRow,
  filter: RoomEventFilter,
): Promise<EventRow[]> {
  const senders = new Set(events.map(({ row }) => row.sender));
  const state = await stateOfGroup(
    ctx,
    stateGroupAfter(last),
    (type, stateKey) =>
      matchesType(filter, type) && (!filter.lazyLoadMembers || type !== 'm.room.member' || senders.has(stateKey)),
  );
  return state.filter((row) => eventAllowed(filter, row));
}
