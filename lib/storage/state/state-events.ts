import type { Queryable } from '../database.ts';

/** What checks and resolution read of a stored event. */
export interface StateEventRow {
  eventNid: number;
  eventId: string;
  roomNid: number;
  flags: number;
  /** The PDU as it came, redacted or not. */
  json: string;
}

const COLUMNS = 'e.event_nid AS "eventNid", e.event_id AS "eventId", e.room_nid AS "roomNid", e.flags, e.json';

/** Events by numeric id, in no order. One query. */
export async function getStateEvents(db: Queryable, eventNids: number[]): Promise<StateEventRow[]> {
  if (eventNids.length === 0) return [];
  return db.query(`SELECT ${COLUMNS} FROM events e WHERE e.event_nid = ANY($1::bigint[])`, [eventNids]);
}

/** Events by id, in no order. One query. */
export async function getStateEventsById(db: Queryable, eventIds: string[]): Promise<StateEventRow[]> {
  if (eventIds.length === 0) return [];
  return db.query(`SELECT ${COLUMNS} FROM events e WHERE e.event_id = ANY($1::text[])`, [eventIds]);
}

/** The power levels events among the given ones, those that they cite, and so on: the mainlines. One query. */
export async function getMainlines(db: Queryable, eventNids: number[]): Promise<StateEventRow[]> {
  if (eventNids.length === 0) return [];
  return db.query(
    `WITH RECURSIVE line(event_nid) AS (
       SELECT l.event_nid FROM events l WHERE l.event_nid = ANY($1::bigint[]) AND l.type = 'm.room.power_levels'
       UNION
       SELECT a.event_nid FROM line l JOIN events e ON e.event_nid = l.event_nid
       JOIN events a ON a.event_nid = ANY(e.auth_nids) AND a.type = 'm.room.power_levels')
     SELECT ${COLUMNS} FROM line l JOIN events e ON e.event_nid = l.event_nid`,
    [eventNids],
  );
}
