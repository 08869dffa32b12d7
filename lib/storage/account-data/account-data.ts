import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** An entry of account data as stored. */
export interface StoredAccountData {
  position: number;
  userId: string;
  /** Null for global account data. */
  roomNid: number | null;
  roomId: string | null;
  type: string;
  /** Content as JSON text; null when it was deleted. */
  json: string | null;
}

/** An entry to store; `roomNid` 0 is global. */
export interface AccountDataWrite {
  userId: string;
  roomNid: number;
  type: string;
  json: string | null;
}

const COLUMNS = `a.position, a.user_id AS "userId", nullif(a.room_nid, 0) AS "roomNid", r.room_id AS "roomId", a.type, a.json`;
const TABLES = 'account_data a LEFT JOIN rooms r ON r.room_nid = a.room_nid';

/** Stores entries, each key at most once, in order. Returns the position of the last. */
export async function putAccountData(db: Queryable, writes: AccountDataWrite[]): Promise<number> {
  const [row] = await db.query<{ position: number }>(
    `WITH turn AS (
       UPDATE stream_positions SET position = position + $5::bigint WHERE stream = 'account_data'
       RETURNING position, position - $5::bigint AS base
     ), stored AS (
       INSERT INTO account_data (user_id, room_nid, type, json, position)
       SELECT w.user_id, w.room_nid, w.type, w.json, (SELECT base FROM turn) + w.place
       FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY AS w(user_id, room_nid, type, json, place)
       ON CONFLICT (user_id, room_nid, type) DO UPDATE SET json = EXCLUDED.json, position = EXCLUDED.position
     ) SELECT position FROM turn`,
    [
      textArray(writes.map((w) => w.userId)),
      numberArray(writes.map((w) => w.roomNid)),
      textArray(writes.map((w) => w.type)),
      textArray(writes.map((w) => w.json)),
      writes.length,
    ],
  );
  return (row as { position: number }).position;
}

/** One entry's content as JSON text; undefined when there is none. `roomNid` null is global. */
export async function getAccountData(
  db: Queryable,
  userId: string,
  roomNid: number | null,
  type: string,
): Promise<string | undefined> {
  const [row] = await db.query<{ json: string | null }>(
    'SELECT json FROM account_data WHERE user_id = $1 AND room_nid = $2 AND type = $3',
    [userId, roomNid ?? 0, type],
  );
  return row?.json ?? undefined;
}

/** A user's entries that changed in `from < position <= to`, in order. Reading from 0 leaves deleted ones out. */
export async function getAccountDataBetween(
  db: Queryable,
  userId: string,
  from: number,
  to: number,
): Promise<StoredAccountData[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE a.user_id = $1 AND a.position > $2 AND a.position <= $3
       AND ($2 > 0 OR a.json IS NOT NULL) ORDER BY a.position`,
    [userId, from, to],
  );
}

/** A user's entries of some rooms. */
export async function getAccountDataOfRooms(
  db: Queryable,
  userId: string,
  roomNids: number[],
): Promise<StoredAccountData[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE a.user_id = $1 AND a.room_nid = ANY($2::bigint[]) AND a.json IS NOT NULL
     ORDER BY a.position`,
    [userId, roomNids],
  );
}

/** A user's entries of one type in rooms. */
export async function getAccountDataOfType(db: Queryable, userId: string, type: string): Promise<StoredAccountData[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE a.user_id = $1 AND a.room_nid > 0 AND a.type = $2 AND a.json IS NOT NULL`,
    [userId, type],
  );
}

/** The type under which changes of thread subscriptions go by the stream; they are no account data. */
export const THREAD_SUBSCRIPTION = 'io.element.msc4306.thread_subscription';

/** Everybody's changes in `from < position <= to`, in order: the account_data stream. */
export async function getAccountDataStream(
  db: Queryable,
  from: number,
  to: number,
  limit: number,
): Promise<StoredAccountData[]> {
  return db.query(
    `(SELECT ${COLUMNS} FROM ${TABLES} WHERE a.position > $1 AND a.position <= $2 ORDER BY a.position LIMIT $3)
     UNION ALL
     (SELECT s.position, s.user_id, s.room_nid, r.room_id, '${THREAD_SUBSCRIPTION}', NULL FROM thread_subscriptions s
      JOIN rooms r ON r.room_nid = s.room_nid WHERE s.position > $1 AND s.position <= $2 ORDER BY s.position LIMIT $3)
     ORDER BY 1 LIMIT $3`,
    [from, to, limit],
  );
}
