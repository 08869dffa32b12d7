import type { Queryable } from '../database.ts';

/** Whether a user of that server is in the room. */
export async function hasJoinedUserOf(db: Queryable, roomNid: number, serverName: string): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM memberships WHERE room_nid = $1 AND membership = 'join'
     AND substr(user_id, strpos(user_id, ':') + 1) = $2 LIMIT 1`,
    [roomNid, serverName],
  );
  return rows.length > 0;
}
