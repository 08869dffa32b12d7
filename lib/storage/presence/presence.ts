import { booleanArray, numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** How a user is. */
export type PresenceState = 'online' | 'offline' | 'unavailable' | 'busy';

/** A user's presence as stored and as carried by the presence stream. */
export interface StoredPresence {
  position: number;
  userId: string;
  presence: PresenceState;
  statusMsg: string | null;
  lastActiveTs: number;
  currentlyActive: boolean;
}

const COLUMNS = `position, user_id AS "userId", presence, status_msg AS "statusMsg", last_active_ts AS "lastActiveTs",
  currently_active AS "currentlyActive"`;

/** Stores presence, each user at most once. Returns the position of the last. */
export async function putPresence(db: Queryable, writes: Omit<StoredPresence, 'position'>[]): Promise<number> {
  const [row] = await db.query<{ position: number }>(
    `WITH turn AS (
       UPDATE stream_positions SET position = position + $6::bigint WHERE stream = 'presence'
       RETURNING position, position - $6::bigint AS base
     ), stored AS (
       INSERT INTO presence (user_id, presence, status_msg, last_active_ts, currently_active, position)
       SELECT w.user_id, w.presence, w.status_msg, w.last_active_ts, w.currently_active, (SELECT base FROM turn) + w.place
       FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[]) WITH ORDINALITY
         AS w(user_id, presence, status_msg, last_active_ts, currently_active, place)
       ON CONFLICT (user_id) DO UPDATE SET presence = EXCLUDED.presence, status_msg = EXCLUDED.status_msg,
         last_active_ts = EXCLUDED.last_active_ts, currently_active = EXCLUDED.currently_active, position = EXCLUDED.position
     ) SELECT position FROM turn`,
    [
      textArray(writes.map((w) => w.userId)),
      textArray(writes.map((w) => w.presence)),
      textArray(writes.map((w) => w.statusMsg)),
      numberArray(writes.map((w) => w.lastActiveTs)),
      booleanArray(writes.map((w) => w.currentlyActive)),
      writes.length,
    ],
  );
  return (row as { position: number }).position;
}

/** Presence of several users; those never heard of are left out. */
export async function getPresence(db: Queryable, userIds: string[]): Promise<StoredPresence[]> {
  if (userIds.length === 0) return [];
  return db.query(`SELECT ${COLUMNS} FROM presence WHERE user_id = ANY($1::text[])`, [userIds]);
}

/** Presence that changed in `from < position <= to`, in order: the presence stream. */
export async function getPresenceStream(
  db: Queryable,
  from: number,
  to: number,
  limit: number,
): Promise<StoredPresence[]> {
  return db.query(`SELECT ${COLUMNS} FROM presence WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`, [
    from,
    to,
    limit,
  ]);
}

/** Presence that changed in a stretch of the stream, of users who share a room with `userId`, and of that user. */
export async function getPeersPresence(
  db: Queryable,
  userId: string,
  from: number,
  to: number,
): Promise<StoredPresence[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM presence p WHERE p.position > $2 AND p.position <= $3
       AND (p.user_id = $1 OR EXISTS (
         SELECT 1 FROM memberships a JOIN memberships b ON b.room_nid = a.room_nid AND b.user_id = p.user_id AND b.membership = 'join'
         WHERE a.user_id = $1 AND a.membership = 'join'))
     ORDER BY p.position`,
    [userId, from, to],
  );
}

/** Presence of everybody in some rooms. */
export async function getRoomsPresence(db: Queryable, roomNids: number[]): Promise<StoredPresence[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT ${COLUMNS} FROM presence p WHERE p.user_id IN (
       SELECT m.user_id FROM memberships m WHERE m.room_nid = ANY($1::bigint[]) AND m.membership = 'join')`,
    [roomNids],
  );
}

/** Everybody who is not offline. */
export async function getActivePresence(db: Queryable): Promise<StoredPresence[]> {
  return db.query(`SELECT ${COLUMNS} FROM presence WHERE presence <> 'offline'`);
}
