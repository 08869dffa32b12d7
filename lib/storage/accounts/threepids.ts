import type { Queryable } from '../database.ts';

/** A third-party identifier of an account. */
export interface ThreepidRow {
  medium: string;
  address: string;
  validatedTs: number;
  addedTs: number;
}

/** The third-party identifiers of a user, in the order they were added. */
export async function getThreepids(db: Queryable, userId: string): Promise<ThreepidRow[]> {
  return db.query(
    `SELECT medium, address, validated_ts AS "validatedTs", added_ts AS "addedTs" FROM user_threepids
     WHERE user_id = $1 ORDER BY added_ts, address`,
    [userId],
  );
}

/** Whose an identifier is. */
export async function getUserByThreepid(db: Queryable, medium: string, address: string): Promise<string | undefined> {
  const [row] = await db.query<{ userId: string }>(
    'SELECT user_id AS "userId" FROM user_threepids WHERE medium = $1 AND address = $2',
    [medium, address],
  );
  return row?.userId;
}

/** Removes all identifiers of a user. */
export async function deleteThreepids(db: Queryable, userId: string): Promise<void> {
  await db.query('DELETE FROM user_threepids WHERE user_id = $1', [userId]);
}
