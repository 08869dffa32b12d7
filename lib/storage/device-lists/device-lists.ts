import type { Queryable } from '../database.ts';

/** A user's devices or keys changed. */
export interface StoredDeviceListChange {
  position: number;
  userId: string;
  /** Rooms that the user is in. */
  roomNids: number[];
}

const ROOMS = `ARRAY(SELECT m.room_nid FROM memberships m WHERE m.user_id = d.user_id AND m.membership = 'join')`;

/** Notes that a user's devices or keys changed. */
export async function putDeviceListChange(db: Queryable, userId: string): Promise<StoredDeviceListChange> {
  const [row] = await db.query<StoredDeviceListChange>(
    `WITH turn AS (
       UPDATE stream_positions SET position = position + 1 WHERE stream = 'device_lists' RETURNING position
     ), d AS (
       INSERT INTO device_list_changes (user_id, position) SELECT $1, position FROM turn
       ON CONFLICT (user_id) DO UPDATE SET position = EXCLUDED.position RETURNING user_id, position
     ) SELECT d.position, d.user_id AS "userId", ${ROOMS} AS "roomNids" FROM d`,
    [userId],
  );
  return row as StoredDeviceListChange;
}

/** Changes in `from < position <= to`, in order: the device_lists stream. */
export async function getDeviceListStream(
  db: Queryable,
  from: number,
  to: number,
  limit: number,
): Promise<StoredDeviceListChange[]> {
  return db.query(
    `SELECT d.position, d.user_id AS "userId", ${ROOMS} AS "roomNids" FROM device_list_changes d
     WHERE d.position > $1 AND d.position <= $2 ORDER BY d.position LIMIT $3`,
    [from, to, limit],
  );
}

/** Users whose devices changed in a stretch of the stream and who share a room with `userId`, or are that user. */
export async function getChangedPeers(db: Queryable, userId: string, from: number, to: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    `SELECT d.user_id AS "userId" FROM device_list_changes d WHERE d.position > $2 AND d.position <= $3
       AND (d.user_id = $1 OR EXISTS (
         SELECT 1 FROM memberships a JOIN memberships b ON b.room_nid = a.room_nid AND b.user_id = d.user_id AND b.membership = 'join'
         WHERE a.user_id = $1 AND a.membership = 'join'))`,
    [userId, from, to],
  );
  return rows.map((row) => row.userId);
}

/** Users whose membership changed to or from joined in some rooms, in a stretch of the events stream. */
export async function getMovedUsers(db: Queryable, roomNids: number[], from: number, to: number): Promise<string[]> {
  if (roomNids.length === 0) return [];
  const rows = await db.query<{ userId: string }>(
    `SELECT DISTINCT state_key AS "userId" FROM events
     WHERE room_nid = ANY($1::bigint[]) AND position > $2 AND position <= $3 AND state_key IS NOT NULL
       AND type = 'm.room.member' AND flags = 0`,
    [roomNids, from, to],
  );
  return rows.map((row) => row.userId);
}

/** Users who are in any of the rooms. */
export async function getJoinedUsers(db: Queryable, roomNids: number[]): Promise<string[]> {
  if (roomNids.length === 0) return [];
  const rows = await db.query<{ userId: string }>(
    `SELECT DISTINCT user_id AS "userId" FROM memberships WHERE room_nid = ANY($1::bigint[]) AND membership = 'join'`,
    [roomNids],
  );
  return rows.map((row) => row.userId);
}

/** Of `users` those who share a room with `userId`. */
export async function getSharingUsers(db: Queryable, userId: string, users: string[]): Promise<Set<string>> {
  if (users.length === 0) return new Set();
  const rows = await db.query<{ userId: string }>(
    `SELECT DISTINCT b.user_id AS "userId" FROM memberships a
     JOIN memberships b ON b.room_nid = a.room_nid AND b.membership = 'join' AND b.user_id = ANY($2::text[])
     WHERE a.user_id = $1 AND a.membership = 'join'`,
    [userId, users],
  );
  return new Set(rows.map((row) => row.userId));
}
