import type { Queryable } from '../database.ts';
import { EVENT_PURGED } from '../events/event-row.ts';

/** A user's devices or keys changed. */
export interface StoredDeviceListChange {
  position: number;
  userId: string;
  /** The one user who is told; absent: everybody who shares a room. */
  seenBy?: string;
  /** Rooms that the user is in. */
  roomNids: number[];
}

const ROOMS = `ARRAY(SELECT m.room_nid FROM memberships m WHERE m.user_id = d.user_id AND m.membership = 'join')`;

/**
 * Puts a change of a user's devices or keys into the stream. What was pending of them is told with it.
 * @param deviceIds what changed, for other servers; '' stands for all, nothing for a user of another server
 */
export async function putDeviceListChange(
  db: Queryable,
  userId: string,
  deviceIds: readonly string[],
): Promise<StoredDeviceListChange> {
  const [row] = await db.query<StoredDeviceListChange>(
    `WITH turn AS (
       UPDATE stream_positions SET position = position + 1 WHERE stream = 'device_lists' RETURNING position
     ), told AS (
       DELETE FROM pending_device_lists WHERE user_id = $1 AND seen_by IS NULL RETURNING 1
     ), devices AS (
       INSERT INTO device_changes (user_id, device_id, position)
       SELECT $1, c.device_id, turn.position FROM turn, (
         SELECT unnest($2::text[]) AS device_id
         -- Several changes told at once: it isn't known of which devices.
         UNION SELECT '' WHERE (SELECT count(*) FROM told) > 1 AND $2::text[] <> '{}') c
       ON CONFLICT (user_id, device_id) DO UPDATE SET position = EXCLUDED.position
     ), d AS (
       INSERT INTO device_list_changes (user_id, position) SELECT $1, position FROM turn
       ON CONFLICT (user_id) DO UPDATE SET position = EXCLUDED.position RETURNING user_id, position
     ) SELECT d.position, d.user_id AS "userId", ${ROOMS} AS "roomNids" FROM d`,
    [userId, deviceIds],
  );
  return row as StoredDeviceListChange;
}

/** Puts changes into the stream that `seenBy` alone is told of. Returns them in order. */
export async function putPrivateChanges(
  db: Queryable,
  seenBy: string,
  userIds: string[],
): Promise<StoredDeviceListChange[]> {
  const rows = await db.query<{ position: number; userId: string }>(
    `WITH turn AS (
       UPDATE stream_positions SET position = position + $3::bigint WHERE stream = 'device_lists'
       RETURNING position - $3::bigint AS base
     ), told AS (
       DELETE FROM pending_device_lists WHERE user_id = ANY($2::text[]) AND seen_by = $1
     ), put AS (
       INSERT INTO private_device_list_changes (seen_by, user_id, position)
       SELECT $1, u.user_id, turn.base + u.nth FROM turn, unnest($2::text[]) WITH ORDINALITY AS u(user_id, nth)
       ON CONFLICT (seen_by, user_id) DO UPDATE SET position = EXCLUDED.position RETURNING position, user_id
     ) SELECT position, user_id AS "userId" FROM put ORDER BY position`,
    [seenBy, userIds, userIds.length],
  );
  return rows.map((row) => ({ ...row, seenBy, roomNids: [] }));
}

/** Changes in `from < position <= to`, in order: the device_lists stream. */
export async function getDeviceListStream(
  db: Queryable,
  from: number,
  to: number,
  limit: number,
): Promise<StoredDeviceListChange[]> {
  const rows = await db.query<StoredDeviceListChange & { seenBy: string | null }>(
    `(SELECT d.position, d.user_id AS "userId", NULL AS "seenBy", ${ROOMS} AS "roomNids" FROM device_list_changes d
      WHERE d.position > $1 AND d.position <= $2 ORDER BY d.position LIMIT $3)
     UNION ALL
     (SELECT p.position, p.user_id, p.seen_by, '{}' FROM private_device_list_changes p
      WHERE p.position > $1 AND p.position <= $2 ORDER BY p.position LIMIT $3)
     ORDER BY position LIMIT $3`,
    [from, to, limit],
  );
  return rows.map(({ seenBy, ...row }) => (seenBy === null ? row : { ...row, seenBy }));
}

/**
 * Users whose devices changed in a stretch of the stream and who share a room with `userId`, or are that user, or whose
 * keys that user has signed.
 * @param to Infinity for a stretch without an end. There is one row a user: a change before the end is forgotten when
 *   another comes after it.
 */
export async function getChangedPeers(db: Queryable, userId: string, from: number, to: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    `SELECT d.user_id AS "userId" FROM device_list_changes d WHERE d.position > $2 AND d.position <= $3
       AND (d.user_id = $1 OR EXISTS (
         SELECT 1 FROM memberships a JOIN memberships b ON b.room_nid = a.room_nid AND b.user_id = d.user_id AND b.membership = 'join'
         WHERE a.user_id = $1 AND a.membership = 'join'))
     UNION
     SELECT p.user_id FROM private_device_list_changes p
     WHERE p.seen_by = $1 AND p.position > $2 AND p.position <= $3`,
    [userId, from, Number.isFinite(to) ? to : Number.MAX_SAFE_INTEGER],
  );
  return rows.map((row) => row.userId);
}

/** Users whose membership changed to or from joined in some rooms, in a stretch of the events stream. */
export async function getMovedUsers(db: Queryable, roomNids: number[], from: number, to: number): Promise<string[]> {
  if (roomNids.length === 0) return [];
  const rows = await db.query<{ userId: string }>(
    `SELECT DISTINCT state_key AS "userId" FROM events
     WHERE room_nid = ANY($1::bigint[]) AND position > $2 AND position <= $3 AND state_key IS NOT NULL
       AND type = 'm.room.member' AND (flags & ~${EVENT_PURGED}) = 0`,
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

/** Of `users` those who are in a room that `userId` is in, or may come into it: invited or knocking. */
export async function getSharingUsers(db: Queryable, userId: string, users: string[]): Promise<Set<string>> {
  if (users.length === 0) return new Set();
  const rows = await db.query<{ userId: string }>(
    `SELECT DISTINCT b.user_id AS "userId" FROM memberships a
     JOIN memberships b ON b.room_nid = a.room_nid AND b.membership IN ('join', 'invite', 'knock')
       AND b.user_id = ANY($2::text[])
     WHERE a.user_id = $1 AND a.membership = 'join'`,
    [userId, users],
  );
  return new Set(rows.map((row) => row.userId));
}

/** The rooms that a user is in, and those whose membership changed to or from joined in a stretch of the events. */
export async function getRoomMoves(
  db: Queryable,
  userId: string,
  from: number,
  to: number,
): Promise<{ joined: number[]; newlyJoined: number[]; newlyLeft: number[] }> {
  const rows = await db.query<{ roomNid: number; joined: boolean; moved: boolean; wasJoined: boolean }>(
    `SELECT room_nid AS "roomNid", bool_or(joined) AS joined, bool_or(moved) AS moved,
       bool_or(was_joined) AS "wasJoined"
     FROM (
       SELECT room_nid, true AS joined, false AS moved, false AS was_joined FROM memberships
       WHERE user_id = $1 AND membership = 'join'
       UNION ALL
       SELECT room_nid, false, membership = 'join' AND previous IS DISTINCT FROM 'join',
         previous = 'join' AND membership <> 'join'
       FROM membership_changes WHERE user_id = $1 AND position > $2 AND position <= $3
     ) m GROUP BY room_nid`,
    [userId, from, to],
  );
  return {
    joined: rows.filter((row) => row.joined).map((row) => row.roomNid),
    newlyJoined: rows.filter((row) => row.joined && row.moved).map((row) => row.roomNid),
    newlyLeft: rows.filter((row) => !row.joined && row.wasJoined).map((row) => row.roomNid),
  };
}
