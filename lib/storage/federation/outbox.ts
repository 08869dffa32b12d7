import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** An event that a destination has to get. */
export interface OutboxWrite {
  destination: string;
  position: number;
  roomNid: number;
  eventNid: number;
}

/** The same, with what is sent. */
export interface OutboxRow {
  position: number;
  /** PDU as JSON text; null when the event is gone (its room was purged). */
  json: string | null;
  redacted: boolean;
  roomVersion: string | null;
}

/** Queues events for destinations; what is queued already stays as it is. */
export async function putOutbox(q: Queryable, writes: readonly OutboxWrite[]): Promise<void> {
  if (writes.length === 0) return;
  await q.query(
    `INSERT INTO federation_outbox (destination, position, room_nid, event_nid)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) ON CONFLICT DO NOTHING`,
    [
      textArray(writes.map((w) => w.destination)),
      numberArray(writes.map((w) => w.position)),
      numberArray(writes.map((w) => w.roomNid)),
      numberArray(writes.map((w) => w.eventNid)),
    ],
  );
}

/** The oldest events for a destination, in order. */
export async function getOutbox(db: Queryable, destination: string, limit: number): Promise<OutboxRow[]> {
  return db.query(
    `SELECT o.position, e.json, e.redacted_by IS NOT NULL AS redacted, r.room_version AS "roomVersion"
     FROM (SELECT * FROM federation_outbox WHERE destination = $1 ORDER BY position LIMIT $2) o
     LEFT JOIN events e ON e.event_nid = o.event_nid LEFT JOIN rooms r ON r.room_nid = o.room_nid
     ORDER BY o.position`,
    [destination, limit],
  );
}

/**
 * Leaves only the newest event of each room for a destination that has been away: it fetches what lies between. Returns
 * how many events were dropped.
 */
export async function compactOutbox(db: Queryable, destination: string): Promise<number> {
  const rows = await db.query<{ count: number }>(
    `WITH gone AS (
       DELETE FROM federation_outbox o USING (
         SELECT room_nid, max(position) AS newest FROM federation_outbox WHERE destination = $1 GROUP BY room_nid) n
       WHERE o.destination = $1 AND o.room_nid = n.room_nid AND o.position < n.newest RETURNING 1
     ) SELECT count(*) FROM gone`,
    [destination],
  );
  return rows[0]?.count ?? 0;
}

/** Destinations for which something waits. */
export async function getWaitingDestinations(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ destination: string }>(
    `WITH RECURSIVE o AS (
       (SELECT destination FROM federation_outbox ORDER BY destination LIMIT 1)
       UNION ALL
       SELECT (SELECT n.destination FROM federation_outbox n WHERE n.destination > o.destination
               ORDER BY n.destination LIMIT 1) FROM o WHERE o.destination IS NOT NULL
     ), e AS (
       (SELECT destination FROM federation_edu_outbox ORDER BY destination LIMIT 1)
       UNION ALL
       SELECT (SELECT n.destination FROM federation_edu_outbox n WHERE n.destination > e.destination
               ORDER BY n.destination LIMIT 1) FROM e WHERE e.destination IS NOT NULL
     )
     SELECT destination FROM o WHERE destination IS NOT NULL UNION
     SELECT destination FROM e WHERE destination IS NOT NULL UNION
     SELECT destination FROM federation_device_pokes WHERE position > sent_position UNION
     SELECT destination FROM federation_sent_transactions`,
  );
  return rows.map((row) => row.destination);
}

/** Which of these events stand at the beginning of what is known of their room. */
export async function getEntries(db: Queryable, eventNids: readonly number[]): Promise<Set<number>> {
  if (eventNids.length === 0) return new Set();
  const rows = await db.query<{ eventNid: number }>(
    `SELECT event_nid AS "eventNid" FROM events WHERE event_nid = ANY($1::bigint[]) AND prev_nids = '{}'`,
    [numberArray(eventNids)],
  );
  return new Set(rows.map((row) => row.eventNid));
}
