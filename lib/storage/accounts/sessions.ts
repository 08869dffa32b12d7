import type { Queryable } from '../database.ts';

/** Tokens to store, hashed. */
export interface NewTokens {
  accessHash: Buffer;
  /** Milliseconds; null never. */
  accessExpiresTs: number | null;
  /** Null: a session that is not refreshed. */
  refreshHash: Buffer | null;
  refreshExpiresTs: number | null;
}

/**
 * Opens a session on a device, which is made when it is not there; needs a transaction. The tokens that the device had
 * end with it ("Relationship between access tokens and devices").
 *
 * @returns whether the device is new.
 */
export async function insertSession(
  tx: Queryable,
  session: { userId: string; deviceId: string; displayName: string | null; createdTs: number } & NewTokens,
): Promise<{ isNewDevice: boolean }> {
  const { userId, deviceId, createdTs } = session;
  // The row is locked even when nothing changes: two sessions on one device take turns.
  const [device] = await tx.query<{ isNew: boolean }>(
    `INSERT INTO devices (user_id, device_id, display_name, created_ts) VALUES ($1, $2, $3, $4)
     ON CONFLICT (user_id, device_id) DO UPDATE SET device_id = excluded.device_id RETURNING xmax = 0 AS "isNew"`,
    [userId, deviceId, session.displayName, createdTs],
  );
  const isNewDevice = device?.isNew ?? false;
  if (!isNewDevice) {
    await tx.query('DELETE FROM access_tokens WHERE user_id = $1 AND device_id = $2', [userId, deviceId]);
    await tx.query('DELETE FROM refresh_tokens WHERE user_id = $1 AND device_id = $2', [userId, deviceId]);
  }
  await insertTokens(tx, session);
  return { isNewDevice };
}

/** Stores an access token and, where there is one, its refresh token. Returns the id of the latter. */
export async function insertTokens(
  db: Queryable,
  tokens: { userId: string; deviceId: string; createdTs: number } & NewTokens,
): Promise<number | null> {
  const [row] = await db.query<{ refreshId: number | null }>(
    `WITH refresh AS (
       INSERT INTO refresh_tokens (token_hash, user_id, device_id, created_ts, expires_ts)
       SELECT $6::bytea, $1, $2, $3, $7::bigint WHERE $6::bytea IS NOT NULL RETURNING refresh_id)
     INSERT INTO access_tokens (token_hash, user_id, device_id, created_ts, expires_ts, refresh_id)
     VALUES ($4, $1, $2, $3, $5, (SELECT refresh_id FROM refresh)) RETURNING refresh_id AS "refreshId"`,
    [
      tokens.userId,
      tokens.deviceId,
      tokens.createdTs,
      tokens.accessHash,
      tokens.accessExpiresTs,
      tokens.refreshHash,
      tokens.refreshExpiresTs,
    ],
  );
  return row?.refreshId ?? null;
}
