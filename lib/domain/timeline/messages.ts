import { matchesRoom, type RoomEventFilter } from '../../spec/filters.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getPage } from '../../storage/timeline/pages.ts';
import type { Context } from '../context.ts';
import { clientEventJson, type Viewer } from '../events/client-event.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import { fillHistory } from '../federation/history/fill-history.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { lazyMembers } from './lazy-members.ts';
import { contentAllowed } from './room-event-filter.ts';
import { eventWriter } from './show-events.ts';
import { formatPoint, pointAfter, pointBefore, type TimelinePoint } from './tokens.ts';
import { canSeeRoom, filterVisible, type RoomAccess, type VisibleEvent } from './visibility.ts';

/** A page of a room's history that is asked for. */
export interface MessagesRequest {
  direction: 'b' | 'f';
  from: TimelinePoint | undefined;
  to: TimelinePoint | undefined;
  limit: number;
  filter: RoomEventFilter;
}

/** A page as found. */
export interface MessagesPage {
  start: TimelinePoint;
  /** Where to go on; undefined when nothing is left. */
  end: TimelinePoint | undefined;
  events: VisibleEvent[];
}

// What the user may not see is passed over, up to so many events in one request.
const MOST_ROUNDS = 6;
const LATER_ROUNDS = 200;

/**
 * A page of a room's history in topological order. Users who have left see nothing that came later.
 * @param ceiling place of the events stream where the user left.
 */
export async function readPage(
  ctx: Context,
  roomNid: number,
  userId: string,
  request: MessagesRequest,
  ceiling: number | undefined,
): Promise<MessagesPage> {
  const { direction, to, limit, filter } = request;
  const events: VisibleEvent[] = [];
  let from = request.from;
  let start = request.from;
  let scanned = false;
  let exhausted = false;
  for (let round = 0; round < MOST_ROUNDS && events.length < limit && !exhausted; round++) {
    const size = round === 0 ? limit : Math.max(limit, LATER_ROUNDS);
    const rows = await getPage(ctx.db, { roomNid, direction, from, to, ceiling, filter, limit: size });
    exhausted = rows.length < size;
    const last = rows.at(-1);
    if (!last) break;
    scanned = true;
    start ??= startOf(direction, rows[0] as EventRow);
    const visible = await filterVisible(
      ctx,
      roomNid,
      userId,
      rows.filter((row) => contentAllowed(filter, row)),
    );
    const room = limit - events.length;
    events.push(...visible.slice(0, room));
    from = endOf(direction, visible.length > room ? (events.at(-1) as VisibleEvent).row : last);
  }
  // A page that shows something has an end even where nothing follows it: the client finds that out by asking again.
  const more = limit === 0 || (scanned && (events.length > 0 || !exhausted));
  return { start: start ?? { kind: 'stream', position: 0 }, end: more ? from : undefined, events };
}

function startOf(direction: 'b' | 'f', row: EventRow): TimelinePoint {
  return direction === 'b' ? pointAfter(row) : pointBefore(row);
}

function endOf(direction: 'b' | 'f', row: EventRow): TimelinePoint {
  return direction === 'b' ? pointBefore(row) : pointAfter(row);
}

/** {@link readPage}, once more where it comes to a gap that another server can fill. */
async function readPageOfHistory(
  ctx: Context,
  room: Room,
  userId: string,
  request: MessagesRequest,
  access: RoomAccess,
): Promise<MessagesPage> {
  const page = await readPage(ctx, room.roomNid, userId, request, access.departure?.position);
  const hasGaps = access.kind === 'joined' && access.hasGaps;
  if (!hasGaps || request.direction === 'f' || request.limit === 0) return page;
  const isFull = page.events.length >= request.limit;
  const lowest = isFull ? (page.events.at(-1) as VisibleEvent).row.depth : 0;
  if (!(await fillHistory(ctx, room, lowest))) return page;
  return readPage(ctx, room.roomNid, userId, request, undefined);
}

/**
 * Answers GET /rooms/{roomId}/messages as JSON text.
 * @throws MatrixError 403 M_FORBIDDEN for those who may not read the room.
 */
export async function roomMessages(
  ctx: Context,
  room: Room,
  viewer: Viewer,
  request: MessagesRequest,
): Promise<string> {
  const access = await canSeeRoom(ctx, room, viewer.userId);
  const page: MessagesPage = matchesRoom(request.filter, room.roomId)
    ? await readPageOfHistory(ctx, room, viewer.userId, request, access)
    : { start: request.from ?? { kind: 'stream', position: 0 }, end: undefined, events: [] };
  const [write, members] = await Promise.all([
    eventWriter(ctx, viewer, page.events),
    request.filter.lazyLoadMembers ? lazyMembers(ctx, page.events, page.events[0]?.row) : undefined,
  ]);
  return jsonObject({
    start: JSON.stringify(formatPoint(page.start)),
    end: page.end && JSON.stringify(formatPoint(page.end)),
    chunk: jsonArray(page.events.map(write)),
    state: members && jsonArray(members.map((row) => clientEventJson(row, viewer))),
  });
}
