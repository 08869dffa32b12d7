import { notFound } from '../../spec/errors.ts';
import { getEvent } from '../../storage/events/read-events.ts';
import type { Context } from '../context.ts';
import type { Viewer } from '../events/client-event.ts';
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
