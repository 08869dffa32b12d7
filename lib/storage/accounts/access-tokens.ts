import type { Queryable } from '../database.ts';

/** An access token and the account that it belongs to. */
export interface AccessTokenRow {
  tokenId: number;
  userId: string;
  deviceId: string | null;
  /** Milliseconds; null never. */
  expiresTs: number | null;
  refreshId: number | null;
  used: boolean;
  isAdmin: boolean;
  isGuest: boolean;
  locked: boolean;
  suspended: boolean;
  shadowBanned: boolean;
  /** When the account can no longer be used, in milliseconds; null never. */
  accountExpiresTs: number | null;
  deactivated: boolean;
}

/** Looks an access token up by the SHA-256 of it. */
export async function getAccessToken(db: Queryable, tokenHash: Buffer): Promise<AccessTokenRow | undefined> {
  const [row] = await db.query<AccessTokenRow>(
    `SELECT t.token_id AS "tokenId", t.user_id AS "userId", t.device_id AS "deviceId", t.expires_ts AS "expiresTs",
       t.refresh_id AS "refreshId", t.used, u.is_admin AS "isAdmin", u.is_guest AS "isGuest", u.locked, u.suspended,
       u.shadow_banned AS "shadowBanned", u.expires_ts AS "accountExpiresTs",
       u.deactivated_ts IS NOT NULL AS deactivated
     FROM access_tokens t JOIN users u ON u.user_id = t.user_id WHERE t.token_hash = $1`,
    [tokenHash],
  );
  return row;
}

/**
 * Notes that an access token was used for the first time. Its client has received it, so the refresh token before it and
 * the access token of that one end.
 */
export async function markAccessTokenUsed(db: Queryable, token: { tokenId: number; refreshId: number }): Promise<void> {
  await db.query(
    `WITH used AS (UPDATE access_tokens SET used = true WHERE token_id = $1),
     old AS (DELETE FROM refresh_tokens WHERE next_id = $2 RETURNING refresh_id)
     DELETE FROM access_tokens WHERE refresh_id IN (SELECT refresh_id FROM old)`,
    [token.tokenId, token.refreshId],
  );
}

/** Adds an access token that has no device: an administrator acts as the user. */
export async function insertDevicelessToken(
  db: Queryable,
  token: { tokenHash: Buffer; userId: string; createdTs: number; expiresTs: number | null },
): Promise<void> {
  await db.query('INSERT INTO access_tokens (token_hash, user_id, created_ts, expires_ts) VALUES ($1, $2, $3, $4)', [
    token.tokenHash,
    token.userId,
    token.createdTs,
    token.expiresTs,
  ]);
}

/** Deletes an access token that has no device (those of devices go with the device). */
export async function deleteAccessToken(db: Queryable, tokenId: number): Promise<void> {
  await db.query('DELETE FROM access_tokens WHERE token_id = $1', [tokenId]);
}
