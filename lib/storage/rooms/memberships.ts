import type { Queryable } from '../database.ts';

/** A room that a user is in, with the profile that its member event shows. */
export interface JoinedRoom {
  roomNid: number;
  roomId: string;
  displayName: string | null;
  avatarUrl: string | null;
}

/** Rooms that a user has joined. */
export async function getJoinedRooms(db: Queryable, userId: string): Promise<JoinedRoom[]> {
  return db.query(
    `SELECT m.room_nid AS "roomNid", r.room_id AS "roomId", m.display_name AS "displayName", m.avatar_url AS "avatarUrl"
     FROM memberships m JOIN rooms r ON r.room_nid = m.room_nid
     WHERE m.user_id = $1 AND m.membership = 'join' ORDER BY m.room_nid`,
    [userId],
  );
}

/** The user's memberships of some rooms by room id; rooms without one are left out. */
export async function getMembershipsByRoomId(
  db: Queryable,
  userId: string,
  roomIds: string[],
): Promise<{ roomId: string; membership: string }[]> {
  return db.query(
    `SELECT r.room_id AS "roomId", m.membership FROM rooms r JOIN memberships m ON m.room_nid = r.room_nid
     WHERE r.room_id = ANY($2::text[]) AND m.user_id = $1`,
    [userId, roomIds],
  );
}

/** Whether a user of this server is in any of the rooms. */
export async function isInAnyRoom(db: Queryable, roomIds: string[]): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM rooms r WHERE r.room_id = ANY($1::text[]) AND EXISTS (
       SELECT 1 FROM memberships m WHERE m.room_nid = r.room_nid AND m.local AND m.membership = 'join') LIMIT 1`,
    [roomIds],
  );
  return rows.length > 0;
}

/** Which of these users of this server are in a room, in no order. */
export async function getJoinedAmong(db: Queryable, roomNid: number, userIds: string[]): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    `SELECT user_id AS "userId" FROM memberships
     WHERE room_nid = $1 AND user_id = ANY($2::text[]) AND membership = 'join' AND local`,
    [roomNid, userIds],
  );
  return rows.map((row) => row.userId);
}

/** Some users of this server who are in a room, at most `limit`. */
export async function getJoinedLocals(db: Queryable, roomNid: number, limit: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    `SELECT user_id AS "userId" FROM memberships WHERE room_nid = $1 AND membership = 'join' AND local
     ORDER BY user_id LIMIT $2`,
    [roomNid, limit],
  );
  return rows.map((row) => row.userId);
}

/** Servers with members in a room, those with most members first, at most `limit`. */
export async function getServersInRoom(db: Queryable, roomNid: number, limit: number): Promise<string[]> {
  const rows = await db.query<{ server: string }>(
    `SELECT substr(user_id, strpos(user_id, ':') + 1) AS server FROM memberships
     WHERE room_nid = $1 AND membership = 'join' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $2`,
    [roomNid, limit],
  );
  return rows.map((row) => row.server);
}

/** Notes that a user has forgotten a room. False when the user has not left it (or never had to do with it). */
export async function markForgotten(db: Queryable, roomNid: number, userId: string): Promise<boolean> {
  const rows = await db.query(
    `UPDATE memberships SET forgotten = true WHERE room_nid = $1 AND user_id = $2 AND membership IN ('leave', 'ban')
     RETURNING 1`,
    [roomNid, userId],
  );
  return rows.length > 0;
}

/** Numeric ids of the ban events in force in a room, oldest first. */
export async function getBanNids(db: Queryable, roomNid: number): Promise<number[]> {
  const rows = await db.query<{ eventNid: number }>(
    `SELECT event_nid AS "eventNid" FROM memberships WHERE room_nid = $1 AND membership = 'ban' ORDER BY position`,
    [roomNid],
  );
  return rows.map((row) => row.eventNid);
}

/** Guests of this server who are in a room. */
export async function getJoinedGuests(db: Queryable, roomNid: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    `SELECT m.user_id AS "userId" FROM memberships m JOIN users u ON u.user_id = m.user_id
     WHERE m.room_nid = $1 AND m.membership = 'join' AND m.local AND u.is_guest`,
    [roomNid],
  );
  return rows.map((row) => row.userId);
}
