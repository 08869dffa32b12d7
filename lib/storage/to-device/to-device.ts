import { textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A message that waits for a device. */
export interface StoredToDevice {
  position: number;
  userId: string;
  deviceId: string;
  /** `{type, sender, content}` as JSON text. */
  json: string;
}

/** A message to queue. */
export type ToDeviceWrite = Omit<StoredToDevice, 'position'>;

/** A request's transaction, taken once. */
export interface ToDeviceTransaction {
  userId: string;
  deviceId: string;
  txnId: string;
  ts: number;
}

/** An EDU for devices of another server's users. */
export interface OutboundEdu {
  destination: string;
  /** The whole EDU. */
  json: string;
}

/**
 * Queues messages, those for other servers too, together with the transaction that they came in. Returns the position of the last; null when the
 * transaction was taken before (then nothing is queued).
 */
export async function putToDevice(
  db: Queryable,
  writes: ToDeviceWrite[],
  transaction: ToDeviceTransaction | undefined,
  outbound: readonly OutboundEdu[] = [],
  now = 0,
): Promise<number | null> {
  const [row] = await db.query<{ position: number }>(
    `WITH taken AS (
       INSERT INTO to_device_transactions (user_id, device_id, txn_id, ts) SELECT $5, $6, $7, $8 WHERE $5::text IS NOT NULL
       ON CONFLICT DO NOTHING RETURNING 1
     ), turn AS (
       UPDATE stream_positions SET position = position + $4::bigint
       WHERE stream = 'to_device' AND ($5::text IS NULL OR EXISTS (SELECT 1 FROM taken))
       RETURNING position, position - $4::bigint AS base
     ), stored AS (
       INSERT INTO to_device_messages (position, user_id, device_id, json)
       SELECT turn.base + w.place, w.user_id, w.device_id, w.json
       FROM turn, unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS w(user_id, device_id, json, place)
     ), sent AS (
       INSERT INTO federation_edu_outbox (destination, json, created_ts)
       SELECT o.destination, o.json, $11::bigint FROM turn, unnest($9::text[], $10::text[]) AS o(destination, json)
     ) SELECT position FROM turn`,
    [
      textArray(writes.map((w) => w.userId)),
      textArray(writes.map((w) => w.deviceId)),
      textArray(writes.map((w) => w.json)),
      writes.length,
      transaction?.userId ?? null,
      transaction?.deviceId ?? null,
      transaction?.txnId ?? null,
      transaction?.ts ?? null,
      textArray(outbound.map((edu) => edu.destination)),
      textArray(outbound.map((edu) => edu.json)),
      now,
    ],
  );
  return row?.position ?? null;
}

/** Messages for a device in `from < position <= to`, in order. */
export async function getToDeviceMessages(
  db: Queryable,
  userId: string,
  deviceId: string,
  range: { from: number; to: number; limit: number },
): Promise<StoredToDevice[]> {
  return db.query(
    `SELECT position, user_id AS "userId", device_id AS "deviceId", json FROM to_device_messages
     WHERE user_id = $1 AND device_id = $2 AND position > $3 AND position <= $4 ORDER BY position LIMIT $5`,
    [userId, deviceId, range.from, range.to, range.limit],
  );
}

/** Deletes what a device has acknowledged. */
export async function deleteToDeviceMessages(
  db: Queryable,
  userId: string,
  deviceId: string,
  upTo: number,
): Promise<void> {
  await db.query('DELETE FROM to_device_messages WHERE user_id = $1 AND device_id = $2 AND position <= $3', [
    userId,
    deviceId,
    upTo,
  ]);
}

/** Who has got messages in `from < position <= to`, in order: the to_device stream. */
export async function getToDeviceStream(
  db: Queryable,
  from: number,
  to: number,
  limit: number,
): Promise<Omit<StoredToDevice, 'json'>[]> {
  return db.query(
    `SELECT position, user_id AS "userId", device_id AS "deviceId" FROM to_device_messages
     WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`,
    [from, to, limit],
  );
}

/** Deletes messages that came for a device while it was deleted. */
export async function pruneOrphanedToDevice(db: Queryable): Promise<void> {
  await db.query(
    `DELETE FROM to_device_messages m
     WHERE NOT EXISTS (SELECT 1 FROM devices d WHERE d.user_id = m.user_id AND d.device_id = m.device_id)`,
  );
}

/** Deletes transactions from before `ts`. */
export async function pruneToDeviceTransactions(db: Queryable, ts: number): Promise<void> {
  await db.query('DELETE FROM to_device_transactions WHERE ts < $1', [ts]);
}
