import type { Queryable } from '../database.ts';

/** The others in a room, for a name where it has none. */
export interface OtherMembers {
  /** Names of the first few by time of joining; the user id stands for one without a name. */
  names: string[];
  count: number;
}

/** Who is in a room or invited to it besides a user. */
export async function getOtherMembers(db: Queryable, roomNid: number, userId: string): Promise<OtherMembers> {
  const [row] = await db.query<{ names: string[] | null; count: number }>(
    `SELECT (SELECT array_agg(coalesce(o.display_name, o.user_id) ORDER BY o.position) FROM (
         SELECT user_id, display_name, position FROM memberships
         WHERE room_nid = $1 AND user_id <> $2 AND membership IN ('join', 'invite') ORDER BY position LIMIT 2) o) AS names,
       (SELECT count(*) FROM memberships
         WHERE room_nid = $1 AND user_id <> $2 AND membership IN ('join', 'invite')) AS count`,
    [roomNid, userId],
  );
  return { names: row?.names ?? [], count: row?.count ?? 0 };
}

/** How many are in a room, and what two of its members are called there. */
export async function getPushFacts(
  db: Queryable,
  roomNid: number,
  userId: string,
  sender: string,
): Promise<{ members: number; displayName: string | null; senderName: string | null }> {
  const [row] = await db.query<{ members: number; displayName: string | null; senderName: string | null }>(
    `SELECT (SELECT count(*) FROM memberships WHERE room_nid = $1 AND membership = 'join') AS members,
       (SELECT display_name FROM memberships WHERE room_nid = $1 AND user_id = $2) AS "displayName",
       (SELECT display_name FROM memberships WHERE room_nid = $1 AND user_id = $3) AS "senderName"`,
    [roomNid, userId, sender],
  );
  return row ?? { members: 0, displayName: null, senderName: null };
}
