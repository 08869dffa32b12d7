import type { Queryable } from '../database.ts';

/** A refresh token that works. */
export interface RefreshTokenRow {
  refreshId: number;
  userId: string;
  deviceId: string;
  expiresTs: number | null;
  locked: boolean;
}

/** Looks a refresh token up by its hash. */
export async function getRefreshToken(db: Queryable, tokenHash: Buffer): Promise<RefreshTokenRow | undefined> {
  const [row] = await db.query<RefreshTokenRow>(
    `SELECT t.refresh_id AS "refreshId", t.user_id AS "userId", t.device_id AS "deviceId", t.expires_ts AS "expiresTs",
       u.locked
     FROM refresh_tokens t JOIN users u ON u.user_id = t.user_id WHERE t.token_hash = $1 AND u.deactivated_ts IS NULL`,
    [tokenHash],
  );
  return row;
}

/**
 * Prepares the exchange of a refresh token; needs a transaction. Using it ends the one before it; the one that was given
 * out for it and never used, its client has not received.
 *
 * @returns false when it does not work any more.
 */
export async function startRefresh(tx: Queryable, refreshId: number): Promise<boolean> {
  const [row] = await tx.query<{ nextId: number | null }>(
    'SELECT next_id AS "nextId" FROM refresh_tokens WHERE refresh_id = $1 FOR UPDATE',
    [refreshId],
  );
  if (!row) return false;
  await tx.query(
    `WITH gone AS (DELETE FROM refresh_tokens WHERE next_id = $1 OR refresh_id = $2 RETURNING refresh_id)
     DELETE FROM access_tokens WHERE refresh_id IN (SELECT refresh_id FROM gone)`,
    [refreshId, row.nextId],
  );
  return true;
}

/** Says which refresh token took another's place. */
export async function setNextRefreshToken(tx: Queryable, refreshId: number, nextId: number | null): Promise<void> {
  await tx.query('UPDATE refresh_tokens SET next_id = $2 WHERE refresh_id = $1', [refreshId, nextId]);
}
