import { forbidden, notFound } from '../../spec/errors.ts';
import { getEvent } from '../../storage/events/read-events.ts';
import type { Context } from '../context.ts';
import type { Viewer } from '../events/client-event.ts';
import { powerLevelsOf, type Room } from '../rooms/room-lookup.ts';
import { eventWriter } from './show-events.ts';
import { filterVisible, type VisibleEvent } from './visibility.ts';

/**
 * An event that a user may see.
 * @param roomId where the event has to be; undefined takes it from any room.
 * @throws MatrixError 404 M_NOT_FOUND for unknown events and for those that the user may not see, alike.
 */
export async function visibleEvent(
  ctx: Context,
  userId: string,
  eventId: string,
  roomId: string | undefined,
): Promise<VisibleEvent> {
  const row = eventId.includes('\0') ? undefined : await getEvent(ctx.db, eventId);
  if (row && (roomId === undefined || row.roomId === roomId)) {
    const [event] = await filterVisible(ctx, row.roomNid, userId, [row]);
    if (event) return event;
  }
  throw notFound('There is no such event, or you may not see it.');
}

/**
 * An event as it was before it was redacted, as JSON text (MSC2815).
 * @throws MatrixError 404 M_NOT_FOUND as {@link visibleEvent}; 403 M_FORBIDDEN for whoever may not redact events of others.
 */
export async function unredactedEventText(ctx: Context, viewer: Viewer, eventId: string, room: Room): Promise<string> {
  const event = await visibleEvent(ctx, viewer.userId, eventId, room.roomId);
  const levels = await powerLevelsOf(ctx, room);
  if (levels.userLevel(viewer.userId) < levels.level('redact'))
    throw forbidden('Only those who may redact events see what was redacted.');
  const row = { ...event.row, redactedBy: null, redactionJson: null, redactionId: null };
  return (await eventWriter(ctx, viewer, [event]))({ ...event, row });
}

/** {@link visibleEvent} as JSON text, with its aggregations. */
export async function visibleEventText(
  ctx: Context,
  viewer: Viewer,
  eventId: string,
  roomId: string | undefined,
): Promise<string> {
  const event = await visibleEvent(ctx, viewer.userId, eventId, roomId);
  return (await eventWriter(ctx, viewer, [event]))(event);
}
