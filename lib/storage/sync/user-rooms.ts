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
}

/** All rooms that a user is or was in and has not forgotten. */
export async function getUserRooms(db: Queryable, userId: string): Promise<UserRoom[]> {
  return db.query(
    `SELECT m.room_nid AS "roomNid", r.room_id AS "roomId", m.membership, m.position, m.event_nid AS "eventNid", m.sender
     FROM memberships m JOIN rooms r ON r.room_nid = m.room_nid WHERE m.user_id = $1 AND NOT m.forgotten`,
    [userId],
  );
}

/** How a user's membership of a room changed in a stretch of the events stream. */
export interface MembershipStretch {
  /** Membership before the first change. */
  previous: string | null;
  /** Whether the user was in the room at any time in it. */
  wasJoined: boolean;
}

/** How a user's membership of rooms changed after `since`; rooms where it did not are left out. */
export async function getMembershipStretches(
  db: Queryable,
  userId: string,
  roomNids: number[],
  since: number,
): Promise<Map<number, MembershipStretch>> {
  if (roomNids.length === 0) return new Map();
  const rows = await db.query<MembershipStretch & { roomNid: number }>(
    `SELECT room_nid AS "roomNid", (array_agg(previous ORDER BY position))[1] AS previous,
       bool_or(membership = 'join' OR previous = 'join') AS "wasJoined"
     FROM membership_changes WHERE user_id = $1 AND position > $2 AND room_nid = ANY($3::bigint[]) GROUP BY room_nid`,
    [userId, since, roomNids],
  );
  return new Map(rows.map((row) => [row.roomNid, row]));
}

/** Of the given rooms those with an event after `since`. */
export async function getChangedRooms(db: Queryable, roomNids: number[], since: number): Promise<number[]> {
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
