import type { Queryable } from '../database.ts';

/** Notes that an account has to leave its rooms. */
export async function insertPendingParting(db: Queryable, userId: string): Promise<void> {
  await db.query('INSERT INTO pending_partings (user_id) VALUES ($1) ON CONFLICT DO NOTHING', [userId]);
}

/** Accounts that have to leave their rooms still. */
export async function getPendingPartings(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    'SELECT user_id AS "userId" FROM pending_partings ORDER BY user_id LIMIT $1',
    [limit],
  );
  return rows.map((row) => row.userId);
}

/** Notes that an account has left its rooms. */
export async function deletePendingParting(db: Queryable, userId: string): Promise<void> {
  await db.query('DELETE FROM pending_partings WHERE user_id = $1', [userId]);
}

/** Rooms that a user is joined to, invited to, or has knocked on, forgotten or not. */
export async function getRoomsToLeave(db: Queryable, userId: string): Promise<string[]> {
  const rows = await db.query<{ roomId: string }>(
    `SELECT r.room_id AS "roomId" FROM memberships m JOIN rooms r ON r.room_nid = m.room_nid
     WHERE m.user_id = $1 AND m.membership IN ('join', 'invite', 'knock') ORDER BY m.position`,
    [userId],
  );
  return rows.map((row) => row.roomId);
}
