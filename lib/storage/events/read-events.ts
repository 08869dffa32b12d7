import type { Queryable } from '../database.ts';
import type { EventRow } from './event-row.ts';

/** The columns of an {@link EventRow}; the event is `e`, its room `r`, its redaction `x`, what it replaced `p`. */
export const EVENT_COLUMNS = `e.position, e.event_nid AS "eventNid", e.room_nid AS "roomNid", r.room_id AS "roomId",
  r.room_version AS "roomVersion", e.event_id AS "eventId", e.type, e.state_key AS "stateKey", e.sender, e.depth,
  e.origin_server_ts AS "originServerTs", e.state_group AS "stateGroup", e.state_group_after AS "stateGroupAfter", e.flags,
  e.notify, e.redacted_by AS "redactedBy", x.json AS "redactionJson", x.event_id AS "redactionId",
  e.replaces_nid AS "replacesNid", CASE WHEN p.redacted_by IS NULL THEN p.json END AS "replacesJson", p.event_id AS "replacesId", e.thread_root AS "threadRoot",
  e.txn_device AS "txnDevice", e.txn_id AS "txnId", e.json`;

/** The tables that {@link EVENT_COLUMNS} reads. */
export const EVENT_TABLES = `events e JOIN rooms r ON r.room_nid = e.room_nid
  LEFT JOIN events x ON x.event_nid = e.redacted_by LEFT JOIN events p ON p.event_nid = e.replaces_nid`;

/** Events by id, in no order; unknown ids are left out. */
export async function getEvents(db: Queryable, eventIds: string[]): Promise<EventRow[]> {
  if (eventIds.length === 0) return [];
  return db.query(`SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES} WHERE e.event_id = ANY($1::text[])`, [eventIds]);
}

/** One event by id. */
export async function getEvent(db: Queryable, eventId: string): Promise<EventRow | undefined> {
  return (await getEvents(db, [eventId]))[0];
}

/** Events by numeric id, in no order. */
export async function getEventsByNid(db: Queryable, eventNids: number[]): Promise<EventRow[]> {
  if (eventNids.length === 0) return [];
  return db.query(`SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES} WHERE e.event_nid = ANY($1::bigint[])`, [eventNids]);
}

/** Rows of the events stream with `from < position <= to`, in order. */
export async function getEventsBetween(db: Queryable, from: number, to: number, limit: number): Promise<EventRow[]> {
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES} WHERE e.position > $1 AND e.position <= $2 ORDER BY e.position LIMIT $3`,
    [from, to, limit],
  );
}

/** The newest events of a room at or before `to` and after `from`, oldest first. */
export async function getRecentEvents(
  db: Queryable,
  roomNid: number,
  range: { from: number; to: number; limit: number },
): Promise<EventRow[]> {
  const rows = await db.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES}
     WHERE e.room_nid = $1 AND e.position > $2 AND e.position <= $3 AND e.flags = 0 ORDER BY e.position DESC LIMIT $4`,
    [roomNid, range.from, range.to, range.limit],
  );
  return rows.reverse();
}

/** What deciding on a redaction or a relation needs of its target. */
export interface EventBrief {
  eventNid: number;
  roomNid: number;
  type: string;
  stateKey: string | null;
  sender: string;
  threadRoot: string | null;
  redactedBy: number | null;
}

/** A few facts of one event. */
export async function getEventBrief(db: Queryable, eventId: string): Promise<EventBrief | undefined> {
  const [row] = await db.query<EventBrief>(
    `SELECT event_nid AS "eventNid", room_nid AS "roomNid", type, state_key AS "stateKey", sender,
       thread_root AS "threadRoot", redacted_by AS "redactedBy" FROM events WHERE event_id = $1`,
    [eventId],
  );
  return row;
}

/** Whether a user has already annotated an event with a key (spec: event annotations, avoiding duplicates). */
export async function hasAnnotation(
  db: Queryable,
  annotation: { relatesTo: string; type: string; key: string; sender: string },
): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM event_relations l JOIN events e ON e.event_nid = l.event_nid
     WHERE l.relates_to = $1 AND l.rel_type = 'm.annotation' AND l.aggregation_key = $2 AND l.type = $3 AND l.sender = $4
       AND e.redacted_by IS NULL LIMIT 1`,
    [annotation.relatesTo, annotation.key, annotation.type, annotation.sender],
  );
  return rows.length > 0;
}

/** Transaction ids that a device has used in a room, newest first. */
export async function getTransactions(
  db: Queryable,
  key: { roomNid: number; sender: string; deviceId: string; limit: number },
): Promise<{ txnId: string; type: string; eventId: string; position: number }[]> {
  return db.query(
    `SELECT txn_id AS "txnId", type, event_id AS "eventId", position FROM events
     WHERE room_nid = $1 AND sender = $2 AND txn_device = $3 AND txn_id IS NOT NULL ORDER BY position DESC LIMIT $4`,
    [key.roomNid, key.sender, key.deviceId, key.limit],
  );
}
