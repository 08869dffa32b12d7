import type { Queryable } from '../database.ts';

/** A message that is to expire. */
export interface EventExpiry {
  eventNid: number;
  roomNid: number;
  eventId: string;
  /** Milliseconds. */
  expiryTs: number;
}

/** Notes when messages expire. */
export async function insertExpiries(db: Queryable, expiries: EventExpiry[]): Promise<void> {
  await db.query(
    `INSERT INTO event_expiries (event_nid, room_nid, event_id, expiry_ts)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING`,
    [
      expiries.map((expiry) => expiry.eventNid),
      expiries.map((expiry) => expiry.roomNid),
      expiries.map((expiry) => expiry.eventId),
      expiries.map((expiry) => expiry.expiryTs),
    ],
  );
}

/** Messages whose time is over, the first of them first. Locked until the transaction ends. */
export async function takeDueExpiries(tx: Queryable, now: number, limit: number): Promise<number[]> {
  const rows = await tx.query<{ eventNid: number }>(
    `DELETE FROM event_expiries WHERE event_nid IN (
       SELECT event_nid FROM event_expiries WHERE expiry_ts <= $1 ORDER BY expiry_ts LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING event_nid AS "eventNid"`,
    [now, limit],
  );
  return rows.map((row) => row.eventNid);
}

/** Stores what is left of an expired message in its place; nobody redacted it, so no redaction is named. */
export async function expireEvent(tx: Queryable, eventNid: number, json: string): Promise<void> {
  await tx.query('UPDATE events SET json = $2, redacted_by = coalesce(redacted_by, 0) WHERE event_nid = $1', [
    eventNid,
    json,
  ]);
  await tx.query('DELETE FROM search_entries WHERE event_nid = $1', [eventNid]);
}
