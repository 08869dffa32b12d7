import {
  getChangedPeers,
  getJoinedUsers,
  getMovedUsers,
  getSharingUsers,
} from '../../storage/device-lists/device-lists.ts';
import type { Context } from '../context.ts';

/** A stretch of the streams that decide whose devices a user has to look at again. */
export interface DeviceListStretch {
  /** Positions in the device_lists stream. */
  from: number;
  to: number;
  /** Positions in the events stream. */
  eventsFrom: number;
  eventsTo: number;
  /** Rooms (numeric ids) that the user has come into. */
  newlyJoined: number[];
  /** Rooms that the user has left. */
  newlyLeft: number[];
}

/**
 * Whose devices changed for a user, and with whom no room is shared any more (client-server API, tracking the device
 * list for a user).
 */
export async function deviceListChanges(
  ctx: Context,
  userId: string,
  stretch: DeviceListStretch,
): Promise<{ changed: string[]; left: string[] }> {
  const { deviceLists, members } = ctx.sync.changes;
  const rooms = [...(await ctx.sync.userRooms.of(userId)).values()].filter((room) => room.membership === 'join');
  const stirred = rooms.map((r) => r.roomNid).filter((roomNid) => members.mayHaveChanged(roomNid, stretch.eventsFrom));
  const listsMoved = deviceLists.mayHaveChanged(ANY_USER, stretch.from);
  if (!listsMoved && stirred.length === 0 && stretch.newlyJoined.length === 0 && stretch.newlyLeft.length === 0) {
    return { changed: [], left: [] };
  }
  const [changedPeers, moved, met, parted] = await Promise.all([
    listsMoved ? getChangedPeers(ctx.db, userId, stretch.from, stretch.to) : [],
    getMovedUsers(ctx.db, stirred, stretch.eventsFrom, stretch.eventsTo),
    getJoinedUsers(ctx.db, stretch.newlyJoined),
    getJoinedUsers(ctx.db, stretch.newlyLeft),
  ]);
  const others = [...new Set([...moved, ...met, ...parted])].filter((id) => id !== userId);
  const sharing = await getSharingUsers(ctx.db, userId, others);
  const seen = new Set([...moved, ...met]);
  return {
    changed: [...new Set([...changedPeers, ...others.filter((id) => seen.has(id) && sharing.has(id))])],
    left: others.filter((id) => !sharing.has(id)),
  };
}

/** The key under which the index of device list changes notes that anybody's list changed. */
export const ANY_USER = '*';
