import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A receipt as stored and as carried by the receipts stream. */
export interface StoredReceipt {
  position: number;
  roomNid: number;
  roomId: string;
  userId: string;
  receiptType: string;
  eventId: string;
  /** `main`, a thread root, or null for an unthreaded receipt. */
  threadId: string | null;
  /** Place in the events stream of the event read, when known. */
  eventPosition: number | null;
  ts: number;
}

/** A receipt to store. */
export interface ReceiptWrite {
  roomNid: number;
  userId: string;
  receiptType: string;
  eventId: string;
  threadId: string | null;
  ts: number;
}

const COLUMNS = `c.position, c.room_nid AS "roomNid", r.room_id AS "roomId", c.user_id AS "userId",
  c.receipt_type AS "receiptType", c.event_id AS "eventId", nullif(c.thread_id, '') AS "threadId",
  c.event_position AS "eventPosition", c.ts`;

/**
 * Stores receipts, each key at most once in a batch; one that points before the stored one is left out. Returns the rows
 * that were stored, in order of position, and the stream's position.
 */
export async function putReceipts(
  db: Queryable,
  writes: ReceiptWrite[],
): Promise<{ rows: StoredReceipt[]; position: number }> {
  const rows = await db.query<StoredReceipt & { end: number }>(
    `WITH wanted AS (
       SELECT w.*, e.position AS event_position
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) WITH ORDINALITY
         AS w(room_nid, user_id, receipt_type, event_id, thread_id, ts, place)
       LEFT JOIN events e ON e.event_id = w.event_id AND e.room_nid = w.room_nid
     ), newer AS (
       SELECT w.*, row_number() OVER (ORDER BY w.place) AS n FROM wanted w
       LEFT JOIN receipts o ON o.room_nid = w.room_nid AND o.user_id = w.user_id AND o.receipt_type = w.receipt_type
         AND o.thread_id = w.thread_id
       WHERE o.event_id IS NULL OR (o.event_id <> w.event_id
         AND (w.event_position IS NULL OR o.event_position IS NULL OR w.event_position > o.event_position))
     ), turn AS (
       UPDATE stream_positions SET position = position + (SELECT count(*) FROM newer) WHERE stream = 'receipts'
       RETURNING position, position - (SELECT count(*) FROM newer) AS base
     ), c AS (
       INSERT INTO receipts AS t (room_nid, user_id, receipt_type, thread_id, event_id, event_position, ts, position)
       SELECT room_nid, user_id, receipt_type, thread_id, event_id, event_position, ts, (SELECT base FROM turn) + n FROM newer
       ON CONFLICT (room_nid, user_id, receipt_type, thread_id) DO UPDATE SET event_id = EXCLUDED.event_id,
         event_position = EXCLUDED.event_position, ts = EXCLUDED.ts, position = EXCLUDED.position
       RETURNING *
     ) SELECT ${COLUMNS}, (SELECT position FROM turn) AS "end" FROM c JOIN rooms r ON r.room_nid = c.room_nid ORDER BY c.position`,
    [
      numberArray(writes.map((w) => w.roomNid)),
      textArray(writes.map((w) => w.userId)),
      textArray(writes.map((w) => w.receiptType)),
      textArray(writes.map((w) => w.eventId)),
      textArray(writes.map((w) => w.threadId ?? '')),
      numberArray(writes.map((w) => w.ts)),
    ],
  );
  return { rows: rows.map(({ end: _end, ...row }) => row), position: rows[0]?.end ?? 0 };
}

/** Receipts of rooms that moved after each room's `from`, up to `to`. */
export async function getReceiptsBetween(
  db: Queryable,
  stretches: { roomNid: number; from: number }[],
  to: number,
): Promise<StoredReceipt[]> {
  if (stretches.length === 0) return [];
  return db.query(
    `SELECT ${COLUMNS} FROM unnest($1::bigint[], $2::bigint[]) AS w(room_nid, after)
     JOIN receipts c ON c.room_nid = w.room_nid AND c.position > w.after AND c.position <= $3
     JOIN rooms r ON r.room_nid = c.room_nid ORDER BY c.position`,
    [stretches.map((s) => s.roomNid), stretches.map((s) => s.from), to],
  );
}

/** A user's own receipts in rooms, and everybody's on some events, up to a position. */
export async function getReceiptsOfEvents(
  db: Queryable,
  userId: string,
  rooms: { roomNid: number; eventIds: string[] }[],
  to: number,
): Promise<StoredReceipt[]> {
  if (rooms.length === 0) return [];
  const pairs = rooms.flatMap(({ roomNid, eventIds }) => eventIds.map((eventId) => ({ roomNid, eventId })));
  return db.query(
    `SELECT ${COLUMNS} FROM receipts c JOIN rooms r ON r.room_nid = c.room_nid
     WHERE c.room_nid = ANY($1::bigint[]) AND c.position <= $5 AND (c.user_id = $2
       OR (c.room_nid, c.event_id) IN (SELECT * FROM unnest($3::bigint[], $4::text[]))) ORDER BY c.position`,
    [rooms.map((r) => r.roomNid), userId, pairs.map((p) => p.roomNid), pairs.map((p) => p.eventId), to],
  );
}

/** All receipts in `from < position <= to`, in order: the receipts stream. */
export async function getReceiptStream(
  db: Queryable,
  from: number,
  to: number,
  limit: number,
): Promise<StoredReceipt[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM receipts c JOIN rooms r ON r.room_nid = c.room_nid
     WHERE c.position > $1 AND c.position <= $2 ORDER BY c.position LIMIT $3`,
    [from, to, limit],
  );
}

/** Places of events of a room, and the threads that they are in. */
export async function getEventPositions(
  db: Queryable,
  roomNid: number,
  eventIds: string[],
): Promise<Map<string, { position: number; threadRoot: string | null }>> {
  const rows = await db.query<{ eventId: string; position: number; threadRoot: string | null }>(
    `SELECT event_id AS "eventId", position, thread_root AS "threadRoot" FROM events
     WHERE event_id = ANY($1::text[]) AND room_nid = $2 AND position IS NOT NULL`,
    [eventIds, roomNid],
  );
  return new Map(rows.map((row) => [row.eventId, row]));
}
