import type { Queryable } from '../../storage/database.ts';
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

/** User ids, as in `device_lists` of a sync. */
export interface DeviceListChanges {
  changed: string[];
  left: string[];
}

/**
 * Whose devices changed for a user, and with whom no room is shared any more (client-server API, tracking the device
 * list for a user). For processes that sync: what has not changed costs no query.
 */
export async function deviceListChanges(
  ctx: Context,
  userId: string,
  stretch: DeviceListStretch,
): Promise<DeviceListChanges> {
  const { deviceLists, members } = ctx.sync.changes;
  const rooms = [...(await ctx.sync.userRooms.of(userId)).values()]
    .filter((room) => room.membership === 'join')
    .map((room) => room.roomNid);
  const stirred = rooms.filter((roomNid) => members.mayHaveChanged(roomNid, stretch.eventsFrom));
  const listsMoved = [userId, ...rooms.map(roomKey)].some((key) => deviceLists.mayHaveChanged(key, stretch.from));
  return changesInStretch(ctx.db, userId, { ...stretch, stirred, listsMoved });
}

/**
 * As {@link deviceListChanges}, from the database alone.
 * @param stretch `stirred`: rooms that the user is in and whose members may have changed. `listsMoved`: false when no
 *   list that concerns the user has changed.
 */
export async function changesInStretch(
  db: Queryable,
  userId: string,
  stretch: DeviceListStretch & { stirred: number[]; listsMoved: boolean },
): Promise<DeviceListChanges> {
  const { stirred, listsMoved, newlyJoined, newlyLeft, eventsFrom, eventsTo } = stretch;
  const [changedPeers, moved, met, parted] = await Promise.all([
    listsMoved ? getChangedPeers(db, userId, stretch.from, stretch.to) : [],
    getMovedUsers(db, [...new Set([...stirred, ...newlyLeft])], eventsFrom, eventsTo),
    getJoinedUsers(db, newlyJoined),
    getJoinedUsers(db, newlyLeft),
  ]);
  const others = [...new Set([...moved, ...met, ...parted])].filter((id) => id !== userId);
  const sharing = await getSharingUsers(db, userId, others);
  const seen = new Set([...moved, ...met]);
  return {
    changed: [...new Set([...changedPeers, ...others.filter((id) => seen.has(id) && sharing.has(id))])],
    left: others.filter((id) => !sharing.has(id)),
  };
}

/**
 * Keys under which the index of device list changes notes a change: the users who are told for their own sake, and the
 * rooms in which it is told.
 */
export function changeKeys(row: { userId: string; seenBy?: string; roomNids: number[] }): string[] {
  return [row.seenBy ?? row.userId, ...row.roomNids.map(roomKey)];
}

/** The key under which the index of presence notes that anybody's presence changed. */
export const ANY_USER = '*';

function roomKey(roomNid: number): string {
  return `room ${roomNid}`;
}
