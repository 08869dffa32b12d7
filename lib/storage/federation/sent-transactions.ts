import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A transaction that is under way to a destination. */
export interface SentTransaction {
  txnId: string;
  /** JSON text, the same at every attempt. */
  body: string;
  /** Positions of the events in it. */
  positions: number[];
  eduIds: number[];
  /** Of whose devices it tells, up to which position, and with which last stream_id (null: none). */
  devices: { userId: string; position: number; streamId: number | null }[];
}

/** The transaction that was sent to a destination and not answered. */
export async function getSentTransaction(db: Queryable, destination: string): Promise<SentTransaction | undefined> {
  const [row] = await db.query<
    Omit<SentTransaction, 'devices'> & { users: string[]; userPositions: number[]; streamIds: number[] }
  >(
    `SELECT txn_id AS "txnId", body, positions, edu_ids AS "eduIds", device_users AS users,
       device_positions AS "userPositions", device_stream_ids AS "streamIds"
     FROM federation_sent_transactions WHERE destination = $1`,
    [destination],
  );
  if (!row) return undefined;
  const { users, userPositions, streamIds, ...rest } = row;
  const devices = users.map((userId, i) => ({
    userId,
    position: userPositions[i] as number,
    streamId: streamIds[i] === 0 ? null : (streamIds[i] as number),
  }));
  return { ...rest, devices };
}

/** Stores a transaction before it is sent. False when another one is under way already. */
export async function putSentTransaction(db: Queryable, destination: string, txn: SentTransaction): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO federation_sent_transactions
       (destination, txn_id, body, positions, edu_ids, device_users, device_positions, device_stream_ids)
     VALUES ($1, $2, $3, $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[])
     ON CONFLICT DO NOTHING RETURNING 1`,
    [
      destination,
      txn.txnId,
      txn.body,
      numberArray(txn.positions),
      numberArray(txn.eduIds),
      textArray(txn.devices.map((device) => device.userId)),
      numberArray(txn.devices.map((device) => device.position)),
      numberArray(txn.devices.map((device) => device.streamId ?? 0)),
    ],
  );
  return rows.length > 0;
}

/** The destination has taken a transaction: nothing in it is to be sent again. */
export async function finishTransaction(db: Queryable, destination: string, txn: SentTransaction): Promise<void> {
  await db.query(
    `WITH txn AS (
       DELETE FROM federation_sent_transactions WHERE destination = $1 AND txn_id = $2
     ), events AS (
       DELETE FROM federation_outbox WHERE destination = $1 AND position = ANY($3::bigint[])
     ), edus AS (
       DELETE FROM federation_edu_outbox WHERE destination = $1 AND edu_id = ANY($4::bigint[])
     ) UPDATE federation_device_pokes p SET sent_position = greatest(p.sent_position, w.position),
         sent_stream_id = coalesce(nullif(w.stream_id, 0), p.sent_stream_id)
       FROM unnest($5::text[], $6::bigint[], $7::bigint[]) AS w(user_id, position, stream_id)
       WHERE p.destination = $1 AND p.user_id = w.user_id`,
    [
      destination,
      txn.txnId,
      numberArray(txn.positions),
      numberArray(txn.eduIds),
      textArray(txn.devices.map((device) => device.userId)),
      numberArray(txn.devices.map((device) => device.position)),
      numberArray(txn.devices.map((device) => device.streamId ?? 0)),
    ],
  );
}
