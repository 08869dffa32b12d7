import type { Queryable } from '../database.ts';

/** Which of these users have had their account erased. */
export async function getErasedAmong(db: Queryable, userIds: string[]): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    'SELECT user_id AS "userId" FROM users WHERE user_id = ANY($1::text[]) AND erased',
    [userIds],
  );
  return rows.map((row) => row.userId);
}
