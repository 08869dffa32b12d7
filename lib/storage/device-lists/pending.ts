import { textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A change of devices or keys that the device_lists stream has to tell of. */
export interface PendingDeviceList {
  userId: string;
  /** Null: everybody who shares a room. */
  seenBy: string | null;
}

/**
 * Notes, in the transaction that changes devices or keys, that the device_lists stream has to tell of it: no crash
 * between the two can lose the notice.
 */
export async function putPendingDeviceLists(tx: Queryable, changes: PendingDeviceList[], now: number): Promise<void> {
  if (changes.length === 0) return;
  await tx.query(
    `INSERT INTO pending_device_lists (user_id, seen_by, created_ts)
     SELECT p.*, $3::bigint FROM unnest($1::text[], $2::text[]) AS p`,
    [textArray(changes.map((change) => change.userId)), textArray(changes.map((change) => change.seenBy)), now],
  );
}

/** Changes from before `ts` that the stream has not told of. */
export async function getPendingDeviceLists(db: Queryable, ts: number, limit: number): Promise<PendingDeviceList[]> {
  return db.query(
    `SELECT user_id AS "userId", seen_by AS "seenBy" FROM (
       SELECT user_id, seen_by FROM pending_device_lists WHERE created_ts < $1 ORDER BY pending_id LIMIT $2) p
     GROUP BY user_id, seen_by`,
    [ts, limit],
  );
}
