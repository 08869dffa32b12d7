import type { Queryable } from '../database.ts';

/** Stores a token; tokens that have expired go at the same time. */
export async function insertOpenIdToken(
  db: Queryable,
  token: { hash: Buffer; userId: string; expiresTs: number; now: number },
): Promise<void> {
  await db.query(
    `WITH pruned AS (DELETE FROM openid_tokens WHERE expires_ts < $4)
     INSERT INTO openid_tokens (token_hash, user_id, expires_ts) VALUES ($1, $2, $3)`,
    [token.hash, token.userId, token.expiresTs, token.now],
  );
}

/** Whose token this is, if it has not expired. */
export async function getOpenIdUser(db: Queryable, hash: Buffer, now: number): Promise<string | undefined> {
  const [row] = await db.query<{ userId: string }>(
    'SELECT user_id AS "userId" FROM openid_tokens WHERE token_hash = $1 AND expires_ts >= $2',
    [hash, now],
  );
  return row?.userId;
}
