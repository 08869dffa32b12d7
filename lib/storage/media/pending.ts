import type { Database, Queryable } from '../database.ts';

/** A new id whose file is still to come. */
export interface PendingMedia {
  serverName: string;
  mediaId: string;
  userId: string;
  createdTs: number;
  expiresTs: number;
}

/**
 * Stores a new id, unless the user has `most` already whose files are still to come.
 * @returns undefined when it is stored; else when the first of the others expires, in milliseconds since the epoch.
 */
export async function insertPending(db: Database, media: PendingMedia, most: number): Promise<number | undefined> {
  const { serverName, mediaId, userId, createdTs, expiresTs } = media;
  return db.tx(async (q) => {
    // One at a time for a user: counting and adding are two statements.
    await q.query(`SELECT pg_advisory_xact_lock(hashtextextended('pending media ' || $1, 0))`, [userId]);
    const [pending] = await q.query<{ count: number; first: number }>(
      `SELECT count(*) AS count, min(expires_ts) AS first FROM media
       WHERE user_id = $1 AND blob_key IS NULL AND expires_ts > $2`,
      [userId, createdTs],
    );
    if (pending && pending.count >= most) return pending.first;
    await q.query(
      'INSERT INTO media (server_name, media_id, user_id, created_ts, expires_ts) VALUES ($1, $2, $3, $4, $5)',
      [serverName, mediaId, userId, createdTs, expiresTs],
    );
    return undefined;
  });
}

/** Removes ids that expired before `before` without a file. */
export async function prunePending(db: Queryable, before: number): Promise<void> {
  await db.query('DELETE FROM media WHERE blob_key IS NULL AND expires_ts < $1', [before]);
}
