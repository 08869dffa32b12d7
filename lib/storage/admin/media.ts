import type { Queryable } from '../database.ts';

/** A file as administrators see it. */
export interface ListedMedia {
  serverName: string;
  mediaId: string;
  userId: string | null;
  createdTs: number;
  lastAccessTs: number | null;
  size: number | null;
  contentType: string | null;
  fileName: string | null;
  quarantinedBy: string | null;
  protected: boolean;
  needsToken: boolean;
  blobKey: string | null;
  sha256: Buffer | null;
}

const COLUMNS = `m.server_name AS "serverName", m.media_id AS "mediaId", m.user_id AS "userId", m.created_ts AS "createdTs",
  m.last_access_ts AS "lastAccessTs", m.size, m.content_type AS "contentType", m.file_name AS "fileName",
  m.quarantined_by AS "quarantinedBy", m.protected, m.needs_token AS "needsToken", m.blob_key AS "blobKey", m.sha256`;

/** Orders of a user's files, by the name that the admin API gives them. */
export const MEDIA_ORDERS = {
  media_id: 'm.media_id',
  upload_name: 'm.file_name',
  created_ts: 'm.created_ts',
  last_access_ts: 'm.last_access_ts',
  media_length: 'm.size',
  media_type: 'm.content_type',
  quarantined_by: 'm.quarantined_by',
  safe_from_quarantine: 'm.protected',
} as const;

/** One file. */
export async function getListedMedia(
  db: Queryable,
  serverName: string,
  mediaId: string,
): Promise<ListedMedia | undefined> {
  return (
    await db.query<ListedMedia>(
      `SELECT ${COLUMNS} FROM media m WHERE m.server_name = $1 AND m.media_id = $2 AND m.blob_key IS NOT NULL`,
      [serverName, mediaId],
    )
  )[0];
}

/** A page of a user's files. */
export async function getMediaOfUser(
  db: Queryable,
  userId: string,
  page: { from: number; limit: number; order: keyof typeof MEDIA_ORDERS; descending: boolean },
): Promise<{ rows: ListedMedia[]; total: number }> {
  const rows = await db.query<ListedMedia>(
    `SELECT ${COLUMNS} FROM media m WHERE m.user_id = $1 AND m.blob_key IS NOT NULL
     ORDER BY ${MEDIA_ORDERS[page.order]} ${page.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}, m.media_id
     LIMIT $2 OFFSET $3`,
    [userId, page.limit, page.from],
  );
  const [count] = await db.query<{ total: number }>(
    'SELECT count(*) AS total FROM media WHERE user_id = $1 AND blob_key IS NOT NULL',
    [userId],
  );
  return { rows, total: count?.total ?? 0 };
}

/** Which files are to be taken: every member has to hold. */
export interface MediaChoice {
  serverName: string;
  /** Last used, or else uploaded, before this time in milliseconds. */
  before: number;
  /** Larger than so many bytes. */
  largerThan: number;
  /** Leave avatars of users and rooms. */
  keepProfiles: boolean;
  limit: number;
}

/** Files of this server by age and size. */
export async function chooseMedia(db: Queryable, choice: MediaChoice): Promise<ListedMedia[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM media m
     WHERE m.server_name = $1 AND coalesce(m.last_access_ts, m.created_ts) < $2 AND m.size > $3 AND m.blob_key IS NOT NULL
       AND (NOT $4 OR NOT (
         EXISTS (SELECT 1 FROM profiles p WHERE p.avatar_url = 'mxc://' || m.server_name || '/' || m.media_id)
         OR EXISTS (SELECT 1 FROM memberships b WHERE b.local AND b.avatar_url = 'mxc://' || m.server_name || '/' || m.media_id)
         OR EXISTS (SELECT 1 FROM current_state c JOIN events e ON e.event_nid = c.event_nid
           WHERE c.type = 'm.room.avatar' AND strpos(e.json, '"mxc://' || m.server_name || '/' || m.media_id || '"') > 0)))
     ORDER BY m.created_ts LIMIT $5`,
    [choice.serverName, choice.before, choice.largerThan, choice.keepProfiles, choice.limit],
  );
}

/** Copies of other servers' files that were not used since a time in milliseconds. */
export async function chooseRemoteMedia(
  db: Queryable,
  serverName: string,
  before: number,
  limit: number,
): Promise<ListedMedia[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM media m WHERE m.server_name <> $1 AND coalesce(m.last_access_ts, m.created_ts) < $2
       AND m.blob_key IS NOT NULL LIMIT $3`,
    [serverName, before, limit],
  );
}

/** Forgets a file; its object becomes a loose one, to be removed. Needs a transaction. */
export async function forgetMedia(tx: Queryable, media: ListedMedia, now: number): Promise<void> {
  await tx.query(
    `WITH gone AS (DELETE FROM media WHERE server_name = $1 AND media_id = $2 RETURNING blob_key)
     INSERT INTO loose_blobs (blob_key, created_ts) SELECT blob_key, $3 FROM gone WHERE blob_key IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [media.serverName, media.mediaId, now],
  );
}

/**
 * Quarantines files, with all that have the same bytes; protected ones are left.
 * @param uris server names and media ids.
 * @returns how many are quarantined by this.
 */
export async function quarantine(
  db: Queryable,
  uris: readonly { serverName: string; mediaId: string }[],
  by: string,
): Promise<number> {
  const rows = await db.query(
    `WITH named AS (
       SELECT m.server_name, m.media_id, m.sha256 FROM unnest($1::text[], $2::text[]) AS u(server_name, media_id)
       JOIN media m ON m.server_name = u.server_name AND m.media_id = u.media_id),
     done AS (
       UPDATE media m SET quarantined_by = $3 WHERE m.quarantined_by IS NULL AND NOT m.protected AND (
         EXISTS (SELECT 1 FROM named n WHERE n.server_name = m.server_name AND n.media_id = m.media_id)
         OR m.sha256 IN (SELECT sha256 FROM named WHERE sha256 IS NOT NULL)) RETURNING m.server_name, m.media_id)
     INSERT INTO media_quarantine_changes (server_name, media_id, quarantined)
     SELECT server_name, media_id, true FROM done RETURNING 1`,
    [uris.map((uri) => uri.serverName), uris.map((uri) => uri.mediaId), by],
  );
  return rows.length;
}

/** Lifts the quarantine of a file, and of all that have the same bytes. */
export async function unquarantine(db: Queryable, serverName: string, mediaId: string): Promise<void> {
  await db.query(
    `WITH done AS (
       UPDATE media m SET quarantined_by = NULL WHERE m.quarantined_by IS NOT NULL AND (
         (m.server_name = $1 AND m.media_id = $2)
         OR m.sha256 = (SELECT n.sha256 FROM media n WHERE n.server_name = $1 AND n.media_id = $2))
       RETURNING m.server_name, m.media_id)
     INSERT INTO media_quarantine_changes (server_name, media_id, quarantined)
     SELECT server_name, media_id, false FROM done`,
    [serverName, mediaId],
  );
}

/** Keeps a file from being quarantined, or no longer. False when it is not there. */
export async function setProtected(
  db: Queryable,
  serverName: string,
  mediaId: string,
  isProtected: boolean,
): Promise<boolean> {
  const rows = await db.query('UPDATE media SET protected = $3 WHERE server_name = $1 AND media_id = $2 RETURNING 1', [
    serverName,
    mediaId,
    isProtected,
  ]);
  return rows.length > 0;
}

/** A user's files, as names to be quarantined. */
export async function getNamesOfUser(
  db: Queryable,
  userId: string,
): Promise<{ serverName: string; mediaId: string }[]> {
  return db.query(
    'SELECT server_name AS "serverName", media_id AS "mediaId" FROM media WHERE user_id = $1 AND blob_key IS NOT NULL',
    [userId],
  );
}

/** Quarantines and their ends after a number, in order. */
export async function getQuarantineChanges(
  db: Queryable,
  after: number,
  limit: number,
): Promise<{ id: number; origin: string; mediaId: string; quarantined: boolean }[]> {
  return db.query(
    `SELECT change_id AS id, server_name AS origin, media_id AS "mediaId", quarantined FROM media_quarantine_changes
     WHERE change_id > $1 ORDER BY change_id LIMIT $2`,
    [after, limit],
  );
}

/** Events of a room that may name files, after a numeric id: the members of their content that do. */
export async function getMediaNamesInRoom(
  db: Queryable,
  roomNid: number,
  after: number,
  limit: number,
): Promise<{ eventNid: number; json: string }[]> {
  return db.query(
    `SELECT event_nid AS "eventNid", json FROM events
     WHERE room_nid = $1 AND event_nid > $2 AND strpos(json, '"mxc://') > 0 ORDER BY event_nid LIMIT $3`,
    [roomNid, after, limit],
  );
}
