import { getEvents } from '../../storage/events/read-events.ts';
import { getThreads } from '../../storage/timeline/relations.ts';
import { readIgnoredUsers } from '../account-data/ignored-users.ts';
import type { Context } from '../context.ts';
import type { Viewer } from '../events/client-event.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { eventWriter } from './show-events.ts';
import { canSeeRoom, filterVisible } from './visibility.ts';

/**
 * Answers GET /rooms/{roomId}/threads as JSON text: roots of threads, those with the latest events first. Roots by
 * ignored users come redacted.
 * @param request.before place in the events stream that the page before ended at.
 * @throws MatrixError 403 M_FORBIDDEN for those who may not read the room.
 */
export async function roomThreads(
  ctx: Context,
  room: Room,
  viewer: Viewer,
  request: { participated: boolean; before: number | undefined; limit: number },
): Promise<string> {
  const { departure } = await canSeeRoom(ctx, room, viewer.userId);
  const ignored = await readIgnoredUsers(ctx, viewer.userId);
  const { before, limit, participated } = request;
  const threads = await getThreads(ctx.db, {
    roomNid: room.roomNid,
    userId: viewer.userId,
    participated,
    ignored: [...ignored],
    before,
    ceiling: departure?.position,
    limit: limit + 1,
  });
  const page = threads.slice(0, limit);
  const rows = await getEvents(
    ctx.db,
    page.map((thread) => thread.rootId),
  );
  const byId = new Map(rows.map((row) => [row.eventId, row]));
  const roots = page.flatMap(({ rootId }) => byId.get(rootId) ?? []);
  const visible = await filterVisible(ctx, room.roomNid, viewer.userId, roots, { keepIgnored: true });
  const shown = visible.map((event) =>
    ignored.has(event.row.sender) && event.row.redactedBy === null
      ? { ...event, row: { ...event.row, redactedBy: 0 } }
      : event,
  );
  const write = await eventWriter(ctx, viewer, shown);
  return jsonObject({
    chunk: jsonArray(shown.map(write)),
    next_batch: threads.length > limit ? JSON.stringify(`s${page.at(-1)?.latest}`) : undefined,
  });
}
