import { getRoomMoves } from '../../storage/device-lists/device-lists.ts';
import type { SyncToken } from '../../streams/sync-token.ts';
import type { Context } from '../context.ts';
import { changesInStretch, type DeviceListChanges } from './device-list-changes.ts';

/**
 * Whose devices changed for a user between two syncs, and with whom no room is shared any more (client-server API,
 * `GET /keys/changes`). Needs nothing but the database.
 */
export async function keyChanges(
  ctx: Pick<Context, 'db'>,
  userId: string,
  from: SyncToken,
  to: SyncToken,
): Promise<DeviceListChanges> {
  const { joined, newlyJoined, newlyLeft } = await getRoomMoves(ctx.db, userId, from.events, to.events);
  return changesInStretch(ctx.db, userId, {
    from: from.deviceLists,
    // Somebody whose list has changed once more since is told of here too: only the last change is known.
    to: Number.POSITIVE_INFINITY,
    eventsFrom: from.events,
    eventsTo: to.events,
    newlyJoined,
    newlyLeft,
    stirred: joined,
    listsMoved: true,
  });
}
