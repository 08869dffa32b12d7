import type { StoredPushRule } from '../../spec/push-rules/index.ts';
import type { Queryable } from '../database.ts';

/** A user's changes to the push rules. */
export interface PushRulesRow {
  userId: string;
  rules: StoredPushRule[];
  version: number;
  position: number;
}

const COLUMNS = 'user_id AS "userId", rules, version, position';

/** Changed push rules of several users; users with the predefined ones are left out. */
export async function getPushRules(db: Queryable, userIds: string[]): Promise<PushRulesRow[]> {
  if (userIds.length === 0) return [];
  return db.query(`SELECT ${COLUMNS} FROM push_rules WHERE user_id = ANY($1::text[])`, [userIds]);
}

/**
 * Stores a user's rules if they are still at `version` (0: never changed). Returns the position, or null when another
 * change came first.
 */
export async function putPushRules(
  db: Queryable,
  userId: string,
  rules: StoredPushRule[],
  version: number,
): Promise<number | null> {
  const [row] = await db.query<{ position: number }>(
    `WITH turn AS (
       UPDATE stream_positions SET position = position + 1
       WHERE stream = 'push_rules' AND coalesce((SELECT p.version FROM push_rules p WHERE p.user_id = $1), 0) = $3
       RETURNING position
     ) INSERT INTO push_rules AS r (user_id, rules, version, position) SELECT $1, $2::jsonb, $3 + 1, position FROM turn
     ON CONFLICT (user_id) DO UPDATE SET rules = EXCLUDED.rules, version = EXCLUDED.version, position = EXCLUDED.position
     RETURNING r.position`,
    [userId, JSON.stringify(rules), version],
  );
  return row?.position ?? null;
}

/** Who changed rules in `from < position <= to`, in order: the push_rules stream. */
export async function getPushRuleStream(
  db: Queryable,
  from: number,
  to: number,
  limit: number,
): Promise<{ position: number; userId: string }[]> {
  return db.query(
    `SELECT position, user_id AS "userId" FROM push_rules WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`,
    [from, to, limit],
  );
}

/** How many members a room has. */
export async function countJoinedMembers(db: Queryable, roomNid: number): Promise<number> {
  const [row] = await db.query<{ joined: number }>(
    `SELECT count(*) AS joined FROM memberships WHERE room_nid = $1 AND membership = 'join'`,
    [roomNid],
  );
  return row?.joined ?? 0;
}

/** A member of a room, with the display name there. */
export interface JoinedMember {
  userId: string;
  displayName: string | null;
}

const MEMBER = `m.user_id AS "userId", m.display_name AS "displayName"`;
const JOINED_HERE = `m.room_nid = $1 AND m.membership = 'join' AND m.local`;

/** Joined local members of a room after a user id, in order. */
export async function getJoinedLocalMembers(
  db: Queryable,
  roomNid: number,
  after: string,
  limit: number,
): Promise<JoinedMember[]> {
  return db.query(
    `SELECT ${MEMBER} FROM memberships m WHERE ${JOINED_HERE} AND m.user_id > $2 ORDER BY m.user_id LIMIT $3`,
    [roomNid, after, limit],
  );
}

/** Those of the users who are joined local members of a room. */
export async function getJoinedLocalMembersAmong(
  db: Queryable,
  roomNid: number,
  userIds: string[],
): Promise<JoinedMember[]> {
  return db.query(`SELECT ${MEMBER} FROM memberships m WHERE ${JOINED_HERE} AND m.user_id = ANY($2::text[])`, [
    roomNid,
    userIds,
  ]);
}

/** Joined local members of a room who have changed their push rules. */
export async function getJoinedLocalMembersWithRules(db: Queryable, roomNid: number): Promise<JoinedMember[]> {
  return db.query(
    `SELECT ${MEMBER} FROM memberships m JOIN push_rules p ON p.user_id = m.user_id WHERE ${JOINED_HERE}`,
    [roomNid],
  );
}

/** Rooms that a user is in. */
export async function getJoinedRoomNids(db: Queryable, userId: string): Promise<number[]> {
  const rows = await db.query<{ roomNid: number }>(
    `SELECT room_nid AS "roomNid" FROM memberships WHERE user_id = $1 AND membership = 'join'`,
    [userId],
  );
  return rows.map((row) => row.roomNid);
}
