import { z } from 'zod';
import { invalidParam, notFound } from '../../spec/errors.ts';
import { getCutByTime, getCutEvent, purgeSomeHistory } from '../../storage/admin/purge-history.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import { PURGED_HISTORY } from '../rooms/room-facts-cache.ts';
import { findRoom, type Room } from '../rooms/room-lookup.ts';
import { type JobHandler, startJob } from './background-job.ts';

export const PURGE_HISTORY = 'purge_history';

const schema = z.object({ roomId: z.string(), depth: z.number(), deleteLocalEvents: z.boolean() });

/** Up to where a room's history is to go: before an event, or all that was sent up to a moment in milliseconds. */
export type HistoryEnd = { eventId: string } | { ts: number };

/**
 * Hands the purge of a room's older history to the background unit. The event at the end stays. Returns the job's id.
 * @throws MatrixError 404 M_NOT_FOUND for an event that is not in the room, 400 M_INVALID_PARAM for a room without events.
 */
export async function startHistoryPurge(
  ctx: Context,
  room: Room,
  end: HistoryEnd,
  deleteLocalEvents: boolean,
): Promise<string> {
  const cut =
    'eventId' in end
      ? await getCutEvent(ctx.db, room.roomNid, end.eventId)
      : await getCutByTime(ctx.db, room.roomNid, end.ts);
  if (!cut)
    throw 'eventId' in end ? notFound('The event is not in the room.') : invalidParam('The room has no events.');
  const params = { roomId: room.roomId, depth: cut.depth, deleteLocalEvents };
  return startJob(ctx, { action: PURGE_HISTORY, resource: room.roomId, params });
}

/** Takes a room's older history out of its timeline. */
export const purgeHistory: JobHandler = async (ctx, params, control) => {
  const { roomId, depth, deleteLocalEvents } = schema.parse(params);
  const room = await findRoom(ctx, roomId);
  if (!room) return;
  const cut = { roomNid: room.roomNid, depth, serverName: ctx.serverName, deleteLocalEvents };
  let purged = Number(control.result['events'] ?? 0);
  for (;;) {
    control.proceed();
    const count = await ctx.db.tx((tx) => purgeSomeHistory(tx, cut));
    if (count === 0) break;
    purged += count;
    await control.save({ events: purged });
  }
  const rows = await ctx.db.tx((tx) => noteCacheChanges(tx, PURGED_HISTORY, [String(room.roomNid)]));
  await publishCacheChanges(ctx, rows);
};
