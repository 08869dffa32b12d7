import type { Queryable } from '../database.ts';

/** A user's membership of a room. */
export interface UserRoom {
  roomNid: number;
  roomId: string;
  membership: string;
  /** Place of the membership event in the events stream. */
  position: number;
  eventNid: number;
  sender: string;
  /** Where the user's last stay in the room began (this one, for members); null when there was none. */
  joinedAt: number | null;
  /** Where a stay last ended: before `joinedAt` for members, after it for those who have left. */
  leftAt: number | null;
  /** Numeric id of the event that ended it. */
  leftNid: number | null;
  /** The user wants to hear no more of the room. */
  forgotten: boolean;
}

/**
 * All rooms that a user is or was in, and the place in the events stream up to which that is all: the answer knows every
 * change at or before it and none after it.
 */
export async function getUserRooms(db: Queryable, userId: string): Promise<{ rooms: UserRoom[]; asOf: number }> {
  const rows = await db.query<UserRoom & { asOf: number }>(
    `SELECT s.position AS "asOf", m.room_nid AS "roomNid", r.room_id AS "roomId", m.membership, m.position,
       m.event_nid AS "eventNid", m.sender, c.joined_at AS "joinedAt", c.left_at AS "leftAt", c.left_nid AS "leftNid",
       m.forgotten
     FROM (SELECT position FROM stream_positions WHERE stream = 'events') s
     LEFT JOIN (memberships m JOIN rooms r ON r.room_nid = m.room_nid) ON m.user_id = $1
     LEFT JOIN (
       SELECT room_nid, max(position) FILTER (WHERE membership = 'join' AND previous IS DISTINCT FROM 'join') AS joined_at,
         max(position) FILTER (WHERE membership <> 'join' AND previous = 'join') AS left_at,
         (array_agg(event_nid ORDER BY position DESC) FILTER (WHERE membership <> 'join' AND previous = 'join'))[1] AS left_nid
       FROM membership_changes WHERE user_id = $1 GROUP BY room_nid) c ON c.room_nid = m.room_nid`,
    [userId],
  );
  const asOf = rows[0]?.asOf ?? 0;
  return { asOf, rooms: rows.filter((row) => row.roomNid !== null).map(({ asOf: _asOf, ...room }) => room) };
}

/** Of the given rooms those that a user was in at a place in the events stream. */
export async function getRoomsJoinedAt(
  db: Queryable,
  userId: string,
  roomNids: number[],
  position: number,
): Promise<Set<number>> {
  if (roomNids.length === 0) return new Set();
  const rows = await db.query<{ roomNid: number; membership: string }>(
    `SELECT DISTINCT ON (room_nid) room_nid AS "roomNid", membership FROM membership_changes
     WHERE user_id = $1 AND position <= $2 AND room_nid = ANY($3::bigint[]) ORDER BY room_nid, position DESC`,
    [userId, position, roomNids],
  );
  return new Set(rows.filter((row) => row.membership === 'join').map((row) => row.roomNid));
}

/** Of the given rooms those with an event after `since`. */
export async function getChangedRooms(db: Queryable, roomNids: number[], since: number): Promise<number[]> {
  if (roomNids.length === 0) return [];
  const rows = await db.query<{ roomNid: number }>(
    `SELECT room_nid AS "roomNid" FROM rooms WHERE room_nid = ANY($1::bigint[]) AND position > $2`,
    [roomNids, since],
  );
  return rows.map((row) => row.roomNid);
}

/** Of the given rooms (ids) those that the room directory lists. */
export async function getListedRooms(db: Queryable, roomIds: string[]): Promise<string[]> {
  const rows = await db.query<{ roomId: string }>(
    'SELECT room_id AS "roomId" FROM rooms WHERE room_id = ANY($1::text[]) AND is_public',
    [roomIds],
  );
  return rows.map((row) => row.roomId);
}
