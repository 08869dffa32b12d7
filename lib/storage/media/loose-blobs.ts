import type { Database, Queryable } from '../database.ts';

/** Says that an object is about to be written which nothing refers to yet. */
export async function insertLooseBlob(db: Queryable, blobKey: string, now: number): Promise<void> {
  await db.query('INSERT INTO loose_blobs (blob_key, created_ts) VALUES ($1, $2)', [blobKey, now]);
}

/**
 * Calls `remove` and forgets an object, unless it is no loose one (any more). Its row is locked meanwhile: an upload
 * whose end nobody knows, because the connection broke, has either made something refer to it or never will.
 */
export async function takeLooseBlob(db: Database, blobKey: string, remove: () => Promise<void>): Promise<void> {
  await db.tx(async (q) => {
    const rows = await q.query('SELECT 1 FROM loose_blobs WHERE blob_key = $1 FOR UPDATE', [blobKey]);
    if (rows.length === 0) return;
    await remove();
    await q.query('DELETE FROM loose_blobs WHERE blob_key = $1', [blobKey]);
  });
}

/**
 * Hands the keys of up to `limit` loose objects from before `before` to `remove`, then forgets them. Their rows are
 * locked meanwhile, so that no upload can end with an object that is being removed. Returns how many there were.
 */
export async function takeLooseBlobs(
  db: Database,
  before: number,
  limit: number,
  remove: (blobKey: string) => Promise<void>,
): Promise<number> {
  return db.tx(async (q) => {
    const rows = await q.query<{ key: string }>(
      `SELECT blob_key AS key FROM loose_blobs WHERE created_ts < $1
       ORDER BY created_ts LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [before, limit],
    );
    const keys = rows.map((row) => row.key);
    for (const key of keys) await remove(key);
    await q.query('DELETE FROM loose_blobs WHERE blob_key = ANY ($1::text[])', [keys]);
    return keys.length;
  });
}
