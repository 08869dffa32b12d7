import { textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A user as the directory knows them. */
export interface DirectoryEntry {
  userId: string;
  displayName: string | null;
  avatarUrl: string | null;
  /** Localpart and display name in the form in which they are compared. */
  localpart: string;
  name: string | null;
  /** Words by which the user is found. */
  words: string[];
}

/** Profile of a user who may be in the directory. */
export interface DirectoryProfile {
  userId: string;
  displayName: string | null;
  avatarUrl: string | null;
}

/** Writes entries, each user at most once. */
export async function putDirectoryEntries(db: Queryable, entries: DirectoryEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.query(
    `INSERT INTO user_directory (user_id, display_name, avatar_url, localpart, name, words)
     SELECT n.user_id, n.display_name, n.avatar_url, n.localpart, n.name, array_to_tsvector(n.words::text[])
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
       AS n(user_id, display_name, avatar_url, localpart, name, words)
     ORDER BY n.user_id
     ON CONFLICT (user_id) DO UPDATE SET display_name = EXCLUDED.display_name, avatar_url = EXCLUDED.avatar_url,
       localpart = EXCLUDED.localpart, name = EXCLUDED.name, words = EXCLUDED.words`,
    [
      textArray(entries.map((e) => e.userId)),
      textArray(entries.map((e) => e.displayName)),
      textArray(entries.map((e) => e.avatarUrl)),
      textArray(entries.map((e) => e.localpart)),
      textArray(entries.map((e) => e.name)),
      textArray(entries.map((e) => textArray(e.words))),
    ],
  );
}

/** Removes users. */
export async function deleteDirectoryEntries(db: Queryable, userIds: string[]): Promise<void> {
  if (userIds.length === 0) return;
  await db.query('DELETE FROM user_directory WHERE user_id = ANY($1::text[])', [userIds]);
}

/** Local users, among those given, who belong into the directory; the others do not, or no longer. */
export async function getLocalProfiles(db: Queryable, userIds: string[]): Promise<DirectoryProfile[]> {
  return db.query(
    `SELECT u.user_id AS "userId", p.display_name AS "displayName", p.avatar_url AS "avatarUrl"
     FROM users u LEFT JOIN profiles p ON p.user_id = u.user_id
     WHERE u.user_id = ANY($1::text[]) AND u.deactivated_ts IS NULL AND NOT u.is_guest
       AND u.user_type IS DISTINCT FROM 'support'`,
    [userIds],
  );
}

/** Users of other servers, among those given, who are in a room of ours, by their newest member event. */
export async function getRemoteProfiles(db: Queryable, userIds: string[]): Promise<DirectoryProfile[]> {
  return db.query(
    `SELECT DISTINCT ON (user_id) user_id AS "userId", display_name AS "displayName", avatar_url AS "avatarUrl"
     FROM memberships WHERE user_id = ANY($1::text[]) AND membership = 'join' AND NOT local
     ORDER BY user_id, position DESC`,
    [userIds],
  );
}

/**
 * Users of other servers who are in rooms that this server has just come into and who are not in the directory yet.
 * @param eventNids join events of users of this server; a room is new where nobody else of this server is in it
 */
export async function getUnlistedRemoteUsers(
  db: Queryable,
  roomNids: number[],
  eventNids: number[],
): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    `SELECT DISTINCT m.user_id AS "userId" FROM (
       SELECT room_nid FROM memberships WHERE room_nid = ANY($1::bigint[]) AND local AND membership = 'join'
       GROUP BY room_nid HAVING bool_and(event_nid = ANY($2::bigint[]))) entered
     JOIN memberships m ON m.room_nid = entered.room_nid AND m.membership = 'join' AND NOT m.local
     WHERE NOT EXISTS (SELECT 1 FROM user_directory d WHERE d.user_id = m.user_id)`,
    [roomNids, eventNids],
  );
  return rows.map((row) => row.userId);
}

/** Takes local users whose profile or account has changed off the list, at most `limit`. */
export async function takeChangedUsers(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    `DELETE FROM user_directory_changes WHERE user_id IN
       (SELECT user_id FROM user_directory_changes LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING user_id AS "userId"`,
    [limit],
  );
  return rows.map((row) => row.userId);
}

/** What decides whether everybody finds the members of a room. */
export interface RoomOpenness {
  roomNid: number;
  type: string;
  json: string;
}

/** Today's join rules and history visibility of rooms. */
export async function getOpenness(db: Queryable, roomNids: number[]): Promise<RoomOpenness[]> {
  return db.query(
    `SELECT c.room_nid AS "roomNid", c.type, e.json FROM current_state c JOIN events e ON e.event_nid = c.event_nid
     WHERE c.room_nid = ANY($1::bigint[]) AND c.state_key = ''
       AND c.type IN ('m.room.join_rules', 'm.room.history_visibility')`,
    [roomNids],
  );
}

/** Notes which of some rooms are open; the others are not. */
export async function setOpenRooms(db: Queryable, roomNids: number[], open: number[]): Promise<void> {
  await db.query(
    'DELETE FROM user_directory_rooms WHERE room_nid = ANY($1::bigint[]) AND room_nid <> ALL($2::bigint[])',
    [roomNids, open],
  );
  await db.query('INSERT INTO user_directory_rooms (room_nid) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING', [
    open,
  ]);
}
