import type { Queryable } from '../database.ts';
import { EVENT_PURGED, type EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS, EVENT_TABLES } from '../events/read-events.ts';

/** An entry of a state group that is wanted. */
export interface StateWant {
  stateGroup: number;
  type: string;
  stateKey: string;
}

/** A found entry. */
export interface StateFound extends StateWant {
  eventNid: number;
}

/** Single entries of state groups, however many groups; absent ones are left out. One query. */
export async function getStateAt(db: Queryable, wants: StateWant[]): Promise<StateFound[]> {
  if (wants.length === 0) return [];
  // The newest link of a chain that has the key hides those further down.
  return db.query(
    `WITH RECURSIVE wants AS (
       SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[], $3::text[]) AS w(wanted, type, state_key)),
     chain AS (
       SELECT g.state_group AS wanted, g.state_group, g.base, 0 AS step FROM state_groups g
       WHERE g.state_group IN (SELECT wanted FROM wants)
       UNION ALL
       SELECT c.wanted, g.state_group, g.base, c.step + 1 FROM chain c JOIN state_groups g ON g.state_group = c.base)
     SELECT DISTINCT ON (w.wanted, w.type, w.state_key) w.wanted AS "stateGroup", w.type, w.state_key AS "stateKey",
       d.event_nid AS "eventNid"
     FROM chain c JOIN state_groups g ON g.state_group = c.state_group
     CROSS JOIN LATERAL unnest(g.types, g.state_keys, g.event_nids) AS d(type, state_key, event_nid)
     JOIN wants w ON w.wanted = c.wanted AND w.type = d.type AND w.state_key = d.state_key
     ORDER BY w.wanted, w.type, w.state_key, c.step`,
    [wants.map((w) => w.stateGroup), wants.map((w) => w.type), wants.map((w) => w.stateKey)],
  );
}

/** The last event of a room up to a place of the events stream; undefined before its first. */
export async function getLastEventAt(db: Queryable, roomNid: number, position: number): Promise<EventRow | undefined> {
  const [row] = await db.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES}
     WHERE e.room_nid = $1 AND e.position <= $2 AND (e.flags & ~${EVENT_PURGED}) = 0 ORDER BY e.position DESC LIMIT 1`,
    [roomNid, position],
  );
  return row;
}

/** Today's state of several rooms, in no order. */
export async function getCurrentStateOfRooms(db: Queryable, roomNids: number[]): Promise<EventRow[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM current_state c JOIN events e ON e.event_nid = c.event_nid
     JOIN rooms r ON r.room_nid = e.room_nid LEFT JOIN events x ON x.event_nid = e.redacted_by
     LEFT JOIN events p ON p.event_nid = e.replaces_nid WHERE c.room_nid = ANY($1::bigint[])`,
    [roomNids],
  );
}
