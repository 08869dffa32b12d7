import type { Queryable } from '../database.ts';

/** Stores a token for one login. */
export async function insertLoginToken(
  db: Queryable,
  token: { tokenHash: Buffer; userId: string; expiresTs: number },
): Promise<void> {
  await db.query('INSERT INTO login_tokens (token_hash, user_id, expires_ts) VALUES ($1, $2, $3)', [
    token.tokenHash,
    token.userId,
    token.expiresTs,
  ]);
}

/** Takes a login token out. Returns whose it is; undefined when it is unknown or has expired. */
export async function takeLoginToken(db: Queryable, tokenHash: Buffer, now: number): Promise<string | undefined> {
  const [row] = await db.query<{ userId: string; expiresTs: number }>(
    'DELETE FROM login_tokens WHERE token_hash = $1 RETURNING user_id AS "userId", expires_ts AS "expiresTs"',
    [tokenHash],
  );
  return row && row.expiresTs > now ? row.userId : undefined;
}

/** Removes expired login tokens. */
export async function pruneLoginTokens(db: Queryable, now: number): Promise<void> {
  await db.query('DELETE FROM login_tokens WHERE expires_ts <= $1', [now]);
}
