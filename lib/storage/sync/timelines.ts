import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';

/** A stretch of a room's timeline: `from < position <= to`. */
export interface Stretch {
  roomNid: number;
  from: number;
  to: number;
}

const JOINS = `JOIN rooms r ON r.room_nid = e.room_nid
  LEFT JOIN events x ON x.event_nid = e.redacted_by LEFT JOIN events p ON p.event_nid = e.replaces_nid`;

/** The newest events of each stretch, at most `limit` a room, oldest first. One query for all rooms. */
export async function getTimelines(
  db: Queryable,
  stretches: Stretch[],
  limit: number,
): Promise<Map<number, EventRow[]>> {
  const timelines = new Map<number, EventRow[]>(stretches.map((s) => [s.roomNid, []]));
  if (stretches.length === 0) return timelines;
  const rows = await db.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w(room_nid, after, until)
     CROSS JOIN LATERAL (
       SELECT * FROM events t WHERE t.room_nid = w.room_nid AND t.position > w.after AND t.position <= w.until AND t.flags = 0
       ORDER BY t.position DESC LIMIT $4) e ${JOINS} ORDER BY e.position`,
    [stretches.map((s) => s.roomNid), stretches.map((s) => s.from), stretches.map((s) => s.to), limit],
  );
  for (const row of rows) timelines.get(row.roomNid)?.push(row);
  return timelines;
}

/** The last state event of each (type, state key) in each stretch. One query for all rooms. */
export async function getStateChanges(db: Queryable, stretches: Stretch[]): Promise<EventRow[]> {
  if (stretches.length === 0) return [];
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w(room_nid, after, until)
     CROSS JOIN LATERAL (
       SELECT DISTINCT ON (t.type, t.state_key) t.* FROM events t
       WHERE t.room_nid = w.room_nid AND t.position > w.after AND t.position <= w.until AND t.state_key IS NOT NULL AND t.flags = 0
       ORDER BY t.type, t.state_key, t.position DESC) e ${JOINS} ORDER BY e.position`,
    [stretches.map((s) => s.roomNid), stretches.map((s) => s.from), stretches.map((s) => s.to)],
  );
}

/** An entry of a room's current state. */
export interface StateRef {
  roomNid: number;
  type: string;
  stateKey: string;
  eventNid: number;
}

/**
 * Current state of several rooms.
 * @param members user ids whose member events are wanted; null for all.
 */
export async function getCurrentStateRefs(
  db: Queryable,
  roomNids: number[],
  members: string[] | null,
): Promise<StateRef[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT room_nid AS "roomNid", type, state_key AS "stateKey", event_nid AS "eventNid" FROM current_state
     WHERE room_nid = ANY($1::bigint[]) AND ($2::text[] IS NULL OR type <> 'm.room.member')
     UNION ALL
     SELECT room_nid, type, state_key, event_nid FROM current_state
     WHERE $2::text[] IS NOT NULL AND room_nid = ANY($1::bigint[]) AND type = 'm.room.member' AND state_key = ANY($2::text[])`,
    [roomNids, members],
  );
}

/** Of the given events of a room those that are part of its current state. */
export async function getCurrentOf(db: Queryable, roomNid: number, eventNids: number[]): Promise<Set<number>> {
  if (eventNids.length === 0) return new Set();
  const rows = await db.query<{ eventNid: number }>(
    `SELECT c.event_nid AS "eventNid" FROM events e
     JOIN current_state c ON c.room_nid = e.room_nid AND c.type = e.type AND c.state_key = e.state_key
     WHERE e.event_nid = ANY($2::bigint[]) AND e.room_nid = $1 AND c.event_nid = e.event_nid`,
    [roomNid, eventNids],
  );
  return new Set(rows.map((row) => row.eventNid));
}

/** Current state events of some types with an empty state key, for previews of rooms. */
export async function getPreviewState(db: Queryable, roomNids: number[], types: string[]): Promise<EventRow[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM current_state c JOIN events e ON e.event_nid = c.event_nid ${JOINS}
     WHERE c.room_nid = ANY($1::bigint[]) AND c.state_key = '' AND c.type = ANY($2::text[])`,
    [roomNids, types],
  );
}

/** Numbers and names of a room's members, for the summary of a room in `/sync`. */
export interface RoomSummaryRow {
  roomNid: number;
  joined: number;
  invited: number;
  /** The first members by time of joining, the reader left out: at most five. */
  heroes: string[];
  /** Members who have left, for rooms with nobody else. */
  gone: string[];
  /** The room has a name or a canonical alias, so nobody needs its heroes. */
  named: boolean;
}

/** Summaries of several rooms for one user. */
export async function getRoomSummaries(db: Queryable, roomNids: number[], userId: string): Promise<RoomSummaryRow[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT w.room_nid AS "roomNid",
       (SELECT count(*) FROM memberships m WHERE m.room_nid = w.room_nid AND m.membership = 'join') AS joined,
       (SELECT count(*) FROM memberships m WHERE m.room_nid = w.room_nid AND m.membership = 'invite') AS invited,
       ARRAY(SELECT m.user_id FROM memberships m WHERE m.room_nid = w.room_nid AND m.membership IN ('join', 'invite')
         AND m.user_id <> $2 ORDER BY m.event_nid LIMIT 5) AS heroes,
       ARRAY(SELECT m.user_id FROM memberships m WHERE m.room_nid = w.room_nid AND m.membership IN ('leave', 'ban')
         AND m.user_id <> $2 ORDER BY m.event_nid LIMIT 5) AS gone,
       EXISTS (SELECT 1 FROM current_state c JOIN events e ON e.event_nid = c.event_nid
         WHERE c.room_nid = w.room_nid AND c.state_key = '' AND e.redacted_by IS NULL
           AND (c.type = 'm.room.name' AND coalesce(e.json::json->'content'->>'name', '') <> ''
             OR c.type = 'm.room.canonical_alias' AND coalesce(e.json::json->'content'->>'alias', '') <> '')) AS named
     FROM unnest($1::bigint[]) AS w(room_nid)`,
    [roomNids, userId],
  );
}
