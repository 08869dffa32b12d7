import type { Queryable } from '../database.ts';

/** A file of the content repository, or an id whose file is still to come (`blobKey` null). */
export interface MediaRow {
  serverName: string;
  mediaId: string;
  /** Who uploaded it, or will; null for files of other servers. */
  userId: string | null;
  createdTs: number;
  /** When an id without a file ends. */
  expiresTs: number | null;
  blobKey: string | null;
  /** In bytes. */
  size: number | null;
  sha256: Buffer | null;
  contentType: string | null;
  fileName: string | null;
  /** Is never given out without an access token. */
  needsToken: boolean;
  /** An administrator has taken it out of circulation. */
  quarantined: boolean;
  /** Milliseconds; null before the first use. */
  lastAccessTs: number | null;
}

/** What an upload brought. The object must be a loose one. */
export interface UploadedFile {
  serverName: string;
  mediaId: string;
  userId: string;
  blobKey: string;
  size: number;
  sha256: Buffer;
  contentType: string;
  fileName: string | null;
  needsToken: boolean;
}

/** A file, or an id whose file is still to come. */
export async function getMedia(db: Queryable, serverName: string, mediaId: string): Promise<MediaRow | undefined> {
  const [row] = await db.query<MediaRow>(
    `SELECT server_name AS "serverName", media_id AS "mediaId", user_id AS "userId", created_ts AS "createdTs",
       expires_ts AS "expiresTs", blob_key AS "blobKey", size, sha256, content_type AS "contentType",
       file_name AS "fileName", needs_token AS "needsToken", quarantined_by IS NOT NULL AS quarantined,
       last_access_ts AS "lastAccessTs"
     FROM media WHERE server_name = $1 AND media_id = $2`,
    [serverName, mediaId],
  );
  return row;
}

/** Bytes that were quarantined once come in quarantined. */
const QUARANTINED_BY =
  '(SELECT q.quarantined_by FROM media q WHERE q.sha256 = $6 AND q.quarantined_by IS NOT NULL LIMIT 1)';

/** Notes that a file was used, in milliseconds. */
export async function noteMediaAccess(db: Queryable, media: { serverName: string; mediaId: string }, ts: number) {
  await db.query('UPDATE media SET last_access_ts = $3 WHERE server_name = $1 AND media_id = $2', [
    media.serverName,
    media.mediaId,
    ts,
  ]);
}

/** Stores a file under a new id. False when its object is no loose one any more: it took so long that it was pruned. */
export async function insertUploaded(db: Queryable, file: UploadedFile, now: number): Promise<boolean> {
  const rows = await db.query(
    `WITH held AS (DELETE FROM loose_blobs WHERE blob_key = $4 RETURNING blob_key)
     INSERT INTO media (server_name, media_id, user_id, blob_key, size, sha256, content_type, file_name, needs_token,
       created_ts, quarantined_by)
     SELECT $1, $2, $3, blob_key, $5, $6, $7, $8, $9, $10, ${QUARANTINED_BY} FROM held RETURNING 1`,
    [...values(file), now],
  );
  return rows.length > 0;
}

/** Stores a file of another server. False when it is there by now, or its object is no loose one any more. */
export async function insertFetched(db: Queryable, file: Omit<UploadedFile, 'userId'>, now: number): Promise<boolean> {
  const { serverName, mediaId, blobKey, size, sha256, contentType, fileName, needsToken } = file;
  const rows = await db.query(
    `WITH put AS (
       INSERT INTO media (server_name, media_id, blob_key, size, sha256, content_type, file_name, needs_token, created_ts)
       SELECT $1, $2, blob_key, $4, $5, $6, $7, $8, $9 FROM loose_blobs WHERE blob_key = $3
       ON CONFLICT DO NOTHING RETURNING blob_key
     ) DELETE FROM loose_blobs USING put WHERE loose_blobs.blob_key = put.blob_key RETURNING 1`,
    [serverName, mediaId, blobKey, size, sha256, contentType, fileName, needsToken, now],
  );
  return rows.length > 0;
}

/** Gives up files of other servers that were fetched before `before`, at most `limit`; their objects are loose then. */
export async function dropFetched(db: Queryable, before: number, limit: number): Promise<number> {
  const rows = await db.query<{ count: number }>(
    `WITH gone AS (
       DELETE FROM media WHERE (server_name, media_id) IN (
         SELECT server_name, media_id FROM media
         WHERE user_id IS NULL AND blob_key IS NOT NULL AND created_ts < $1 LIMIT $2)
       RETURNING blob_key
     ), loose AS (
       INSERT INTO loose_blobs (blob_key, created_ts) SELECT blob_key, $1 FROM gone RETURNING 1
     ) SELECT count(*) FROM loose`,
    [before, limit],
  );
  return rows[0]?.count ?? 0;
}

/** Gives an id its file. False, with nothing changed, when it is not this user's, has one, or the object was pruned. */
export async function fillPending(db: Queryable, file: UploadedFile): Promise<boolean> {
  const rows = await db.query(
    `WITH held AS (SELECT blob_key FROM loose_blobs WHERE blob_key = $4 FOR UPDATE),
     filled AS (
       UPDATE media SET blob_key = held.blob_key, size = $5, sha256 = $6, content_type = $7, file_name = $8, needs_token = $9,
         quarantined_by = ${QUARANTINED_BY}
       FROM held
       WHERE server_name = $1 AND media_id = $2 AND user_id = $3 AND media.blob_key IS NULL
       RETURNING media.blob_key
     )
     DELETE FROM loose_blobs USING filled WHERE loose_blobs.blob_key = filled.blob_key RETURNING 1`,
    values(file),
  );
  return rows.length > 0;
}

function values(file: UploadedFile): unknown[] {
  const { serverName, mediaId, userId, blobKey, size, sha256, contentType, fileName, needsToken } = file;
  return [serverName, mediaId, userId, blobKey, size, sha256, contentType, fileName, needsToken];
}
