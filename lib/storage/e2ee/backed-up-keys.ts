import { booleanArray, numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A room key in a backup. */
export interface BackedUpKey {
  roomId: string;
  sessionId: string;
  firstMessageIndex: number;
  forwardedCount: number;
  isVerified: boolean;
  /** JSON. */
  sessionData: string;
}

/** What a request to change keys says of the backup afterwards. */
export interface BackupState {
  count: number;
  etag: number;
}

/** Which keys of a backup: all, those of a room, or one. */
export interface KeySelection {
  roomId?: string;
  sessionId?: string;
}

/**
 * Adds keys to a backup that is locked in this transaction. Of two keys of one session the better stays: verified before
 * unverified, then the lower first message index, then the lower forwarded count. A session may come once only.
 */
export async function putBackedUpKeys(tx: Queryable, backupNid: number, keys: BackedUpKey[]): Promise<BackupState> {
  const [row] = await tx.query<BackupState>(
    `WITH put AS (
       INSERT INTO backed_up_keys AS old
         (backup_nid, room_id, session_id, first_message_index, forwarded_count, is_verified, session_data)
       SELECT $1, n.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::boolean[], $7::text[]) AS n
       ON CONFLICT (backup_nid, room_id, session_id) DO UPDATE SET
         first_message_index = EXCLUDED.first_message_index, forwarded_count = EXCLUDED.forwarded_count,
         is_verified = EXCLUDED.is_verified, session_data = EXCLUDED.session_data
         WHERE (NOT EXCLUDED.is_verified, EXCLUDED.first_message_index, EXCLUDED.forwarded_count)
             < (NOT old.is_verified, old.first_message_index, old.forwarded_count)
       RETURNING xmax = 0 AS is_new
     ), done AS (
       SELECT count(*) AS changed, count(*) FILTER (WHERE is_new) AS added FROM put
     ) UPDATE key_backups b SET count = b.count + done.added, etag = b.etag + least(done.changed, 1)
       FROM done WHERE b.backup_nid = $1 RETURNING b.count, b.etag`,
    [
      backupNid,
      textArray(keys.map((key) => key.roomId)),
      textArray(keys.map((key) => key.sessionId)),
      numberArray(keys.map((key) => key.firstMessageIndex)),
      numberArray(keys.map((key) => key.forwardedCount)),
      booleanArray(keys.map((key) => key.isVerified)),
      textArray(keys.map((key) => key.sessionData)),
    ],
  );
  return row as BackupState;
}

/** Deletes keys of a backup that is locked in this transaction. */
export async function deleteBackedUpKeys(tx: Queryable, backupNid: number, which: KeySelection): Promise<BackupState> {
  const [row] = await tx.query<BackupState>(
    `WITH gone AS (
       DELETE FROM backed_up_keys
       WHERE backup_nid = $1 AND ($2::text IS NULL OR room_id = $2) AND ($3::text IS NULL OR session_id = $3)
       RETURNING 1
     ), done AS (
       SELECT count(*) AS removed FROM gone
     ) UPDATE key_backups b SET count = b.count - done.removed, etag = b.etag + least(done.removed, 1)
       FROM done WHERE b.backup_nid = $1 RETURNING b.count, b.etag`,
    [backupNid, which.roomId ?? null, which.sessionId ?? null],
  );
  return row as BackupState;
}

const COLUMNS = `room_id AS "roomId", session_id AS "sessionId", first_message_index AS "firstMessageIndex",
  forwarded_count AS "forwardedCount", is_verified AS "isVerified", session_data AS "sessionData"`;

/** One key. */
export async function getBackedUpKey(
  db: Queryable,
  backupNid: number,
  roomId: string,
  sessionId: string,
): Promise<BackedUpKey | undefined> {
  const [row] = await db.query<BackedUpKey>(
    `SELECT ${COLUMNS} FROM backed_up_keys WHERE backup_nid = $1 AND room_id = $2 AND session_id = $3`,
    [backupNid, roomId, sessionId],
  );
  return row;
}

/** The next page of a backup's keys, or of a room's, by room and session; `after` is the last key of the page before. */
export async function getBackedUpKeys(
  db: Queryable,
  backupNid: number,
  page: { roomId?: string; after?: BackedUpKey; limit: number },
): Promise<BackedUpKey[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM backed_up_keys
     WHERE backup_nid = $1 AND ($2::text IS NULL OR room_id = $2) AND (room_id, session_id) > ($3, $4)
     ORDER BY room_id, session_id LIMIT $5`,
    [backupNid, page.roomId ?? null, page.after?.roomId ?? '', page.after?.sessionId ?? '', page.limit],
  );
}
