import { forbidden, invalidParam, MatrixError } from '../../spec/errors.ts';
import { randomString } from '../../spec/random.ts';
import { insertDelayedEvent } from '../../storage/delayed-events/delayed-events.ts';
import { getMembershipsByRoomId } from '../../storage/rooms/memberships.ts';
import type { Requester } from '../accounts/requester.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import { checkEvent } from '../rooms/check-event.ts';
import { getRoom } from '../rooms/room-lookup.ts';
import type { ClientEvent } from '../rooms/send-event.ts';

/** Kind of the `caches` rows that say when delayed events are due may have changed. */
export const DELAYED_EVENTS = 'delayed-events';

/**
 * Keeps an event, to be sent when a delay is over (MSC4140). Who may send it is decided then.
 * @param delayMs milliseconds.
 * @throws MatrixError 400 M_UNKNOWN with the limit for a delay above it or too many events that wait, 403 for a room that
 *   the user is not in.
 */
export async function scheduleEvent(
  ctx: Context,
  requester: Requester,
  event: ClientEvent & { stateKey?: string },
  delayMs: number,
  txnId?: string,
): Promise<{ delayId: string }> {
  const { maxDelayMs, maxPerUser } = ctx.config.delayedEvents;
  const { userId } = requester;
  const { roomId, type, stateKey, content } = event;
  if (delayMs > maxDelayMs) {
    throw new MatrixError(400, 'M_UNKNOWN', `The delay may be at most ${maxDelayMs} milliseconds.`, {
      'org.matrix.msc4140.errcode': 'M_MAX_DELAY_EXCEEDED',
      'org.matrix.msc4140.max_delay': maxDelayMs,
    });
  }
  if (txnId !== undefined && (txnId.includes('\0') || txnId.length > 255))
    throw invalidParam('The transaction id may have at most 255 characters.');
  const room = await getRoom(ctx, roomId);
  checkEvent({ type, content, ...(stateKey === undefined ? {} : { stateKey }) }, room.version, room);
  const [own] = await getMembershipsByRoomId(ctx.db, userId, [roomId]);
  if (own?.membership !== 'join') throw forbidden('You are not in this room.');
  const delayId = await insertDelayedEvent(
    ctx.db,
    {
      delayId: randomString(32),
      userId,
      deviceId: requester.deviceId ?? '',
      txnId: txnId ?? null,
      roomId,
      type,
      stateKey: stateKey ?? null,
      content: JSON.stringify(content),
      delayMs,
      runningSince: ctx.clock.now(),
    },
    maxPerUser,
  );
  if (delayId === undefined) {
    throw new MatrixError(400, 'M_UNKNOWN', `At most ${maxPerUser} delayed events may wait at a time.`, {
      'org.matrix.msc4140.errcode': 'M_MAX_DELAYED_EVENTS_EXCEEDED',
    });
  }
  await announce(ctx);
  return { delayId };
}

/** Tells whoever sends delayed events that another one may be the next. */
export async function announce(ctx: Pick<Context, 'db' | 'bus'>): Promise<void> {
  await publishCacheChanges(ctx, await noteCacheChanges(ctx.db, DELAYED_EVENTS, ['']));
}
