import type { Queryable } from '../database.ts';

/** Uses a nonce up. False when it was used before. */
export async function useRegistrationNonce(
  db: Queryable,
  use: { nonce: string; expiresTs: number; now: number },
): Promise<boolean> {
  const rows = await db.query(
    `WITH pruned AS (DELETE FROM used_registration_nonces WHERE expires_ts <= $3)
     INSERT INTO used_registration_nonces (nonce, expires_ts) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING nonce`,
    [use.nonce, use.expiresTs, use.now],
  );
  return rows.length > 0;
}
