import type { Queryable } from '../database.ts';

/** An event that is to wait for its room's owner. */
export interface NewStagedPdu {
  slot: number;
  roomId: string;
  eventId: string;
  /** Servers whose signatures were found right. */
  signedBy: string[];
  /** JSON text. */
  pdu: string;
}

/** A transaction of another server. */
export interface StagedTransaction {
  origin: string;
  txnId: string;
  /** JSON text of the answer. */
  answer: string;
  pdus: NewStagedPdu[];
}

/** An event that waits. */
export interface StagedPdu {
  id: number;
  eventId: string;
  origin: string;
  attempts: number;
  signedBy: string[];
  pdu: string;
}

/** The answer that a transaction got; undefined for a new one. */
export async function getTransactionAnswer(db: Queryable, origin: string, txnId: string): Promise<string | undefined> {
  const [row] = await db.query<{ answer: string }>(
    'SELECT answer FROM federation_transactions WHERE origin = $1 AND txn_id = $2',
    [origin, txnId],
  );
  return row?.answer;
}

/**
 * Stages the events of a transaction and notes its answer, both or neither. False, and nothing done, when the same
 * transaction was staged before.
 */
export async function stageTransaction(db: Queryable, { origin, txnId, answer, pdus }: StagedTransaction) {
  const rows = await db.query(
    `WITH txn AS (
       INSERT INTO federation_transactions (origin, txn_id, answer) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING 1
     ), staged AS (
       INSERT INTO federation_inbox (slot, room_id, event_id, origin, signed_by, pdu)
       SELECT p.slot, p.room_id, p.event_id, $1, string_to_array(p.signed_by, ' '), p.pdu
       FROM unnest($4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[])
         WITH ORDINALITY AS p(slot, room_id, event_id, signed_by, pdu, nth)
       WHERE EXISTS (SELECT 1 FROM txn) ORDER BY p.nth
       ON CONFLICT DO NOTHING
     ) SELECT 1 FROM txn`,
    [
      origin,
      txnId,
      answer,
      pdus.map((p) => p.slot),
      pdus.map((p) => p.roomId),
      pdus.map((p) => p.eventId),
      // No server name holds a space.
      pdus.map((p) => p.signedBy.join(' ')),
      pdus.map((p) => p.pdu),
    ],
  );
  return rows.length > 0;
}

/** Rooms of some slots that have events to take in now, longest waiting first, and how old the oldest is. */
export async function getDueRooms(
  db: Queryable,
  slots: readonly number[],
  limit: number,
): Promise<{ roomId: string; ageSeconds: number }[]> {
  if (slots.length === 0) return [];
  return db.query(
    `SELECT room_id AS "roomId", extract(epoch FROM now() - min(received_at))::float8 AS "ageSeconds"
     FROM federation_inbox WHERE slot = ANY($1::smallint[]) AND due_at <= now()
     GROUP BY room_id ORDER BY min(id) LIMIT $2`,
    [slots, limit],
  );
}

/** Seconds that the oldest event of some slots has waited, those that wait for another attempt included; 0 for none. */
export async function getOldestAge(db: Queryable, slots: readonly number[]): Promise<number> {
  if (slots.length === 0) return 0;
  const [row] = await db.query<{ age: number | null }>(
    `SELECT extract(epoch FROM now() - min(received_at))::float8 AS age FROM federation_inbox
     WHERE slot = ANY($1::smallint[])`,
    [slots],
  );
  return row?.age ?? 0;
}

/** Events of a room that are to be taken in now, in the order in which they came. */
export async function getStagedPdus(db: Queryable, roomId: string, limit: number): Promise<StagedPdu[]> {
  return db.query(
    `SELECT id, event_id AS "eventId", origin, attempts, signed_by AS "signedBy", pdu FROM federation_inbox
     WHERE room_id = $1 AND due_at <= now() ORDER BY id LIMIT $2`,
    [roomId, limit],
  );
}

/** Takes events out, whoever they came from. */
export async function removeStaged(db: Queryable, eventIds: string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await db.query('DELETE FROM federation_inbox WHERE event_id = ANY($1::text[])', [eventIds]);
}

/** Puts events off after an attempt that failed. */
export async function deferStaged(db: Queryable, ids: number[], seconds: number): Promise<void> {
  if (ids.length === 0) return;
  await db.query(
    `UPDATE federation_inbox SET attempts = attempts + 1, due_at = now() + make_interval(secs => $2)
     WHERE id = ANY($1::bigint[])`,
    [ids, seconds],
  );
}

/** Deletes what is known of transactions that are older than that. */
export async function pruneTransactions(db: Queryable, olderThanSeconds: number): Promise<void> {
  await db.query('DELETE FROM federation_transactions WHERE received_at < now() - make_interval(secs => $1)', [
    olderThanSeconds,
  ]);
}
