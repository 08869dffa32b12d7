import type { EventRow } from '../../storage/events/event-row.ts';
import { getRelated } from '../../storage/timeline/relations.ts';
import type { Context } from '../context.ts';
import type { Viewer } from '../events/client-event.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { eventWriter } from './show-events.ts';
import { visibleEvent } from './single-event.ts';
import { formatPoint, pointAfter, pointBefore, type TimelinePoint } from './tokens.ts';
import { canSeeRoom, filterVisible } from './visibility.ts';

/** What is asked of the events that relate to one. */
export interface RelationsRequest {
  eventId: string;
  relType: string | undefined;
  eventType: string | undefined;
  direction: 'b' | 'f';
  from: TimelinePoint | undefined;
  to: TimelinePoint | undefined;
  limit: number;
  /** Also events that relate to the event by way of others. */
  recurse: boolean | undefined;
}

const RECURSION_DEPTH = 3;

/**
 * Answers GET /rooms/{roomId}/relations/{eventId}… as JSON text.
 * @throws MatrixError 403 M_FORBIDDEN for those who may not read the room, 404 M_NOT_FOUND for an event that is unknown
 * or not theirs to see.
 */
export async function relatedEvents(
  ctx: Context,
  room: Room,
  viewer: Viewer,
  request: RelationsRequest,
): Promise<string> {
  const { departure } = await canSeeRoom(ctx, room, viewer.userId);
  await visibleEvent(ctx, viewer.userId, request.eventId, room.roomId);
  const { direction, limit, recurse } = request;
  const rows = await getRelated(ctx.db, {
    ...request,
    relType: withoutNul(request.relType),
    eventType: withoutNul(request.eventType),
    roomNid: room.roomNid,
    depth: recurse ? RECURSION_DEPTH : 1,
    ceiling: departure?.position,
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const visible = await filterVisible(ctx, room.roomNid, viewer.userId, page);
  const write = await eventWriter(ctx, viewer, visible);
  const token = (point: TimelinePoint | undefined) => point && JSON.stringify(formatPoint(point));
  return jsonObject({
    chunk: jsonArray(visible.map(write)),
    next_batch: rows.length > limit ? token(endOf(direction, page.at(-1))) : undefined,
    prev_batch: token(request.from),
    recursion_depth: recurse ? String(RECURSION_DEPTH) : undefined,
  });
}

function endOf(direction: 'b' | 'f', row: EventRow | undefined): TimelinePoint | undefined {
  return row && (direction === 'b' ? pointBefore(row) : pointAfter(row));
}

/** No stored text holds a NUL, and the database takes none. */
function withoutNul(text: string | undefined): string | undefined {
  return text?.replaceAll('\0', '\ufffd');
}
