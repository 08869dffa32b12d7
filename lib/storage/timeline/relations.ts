import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS, EVENT_TABLES } from '../events/read-events.ts';
import { Parameters } from './event-filter.ts';
import { beyond, type Point } from './pages.ts';

/** A page of the events that relate to one. */
export interface RelationsQuery {
  roomNid: number;
  eventId: string;
  /** Undefined: any. */
  relType: string | undefined;
  eventType: string | undefined;
  /** How many relations may lie between a found event and the one asked for: 1 for direct ones only. */
  depth: number;
  direction: 'b' | 'f';
  from: Point | undefined;
  to: Point | undefined;
  ceiling: number | undefined;
  limit: number;
}

// A chain of relations that branches widely is cut off here.
const MOST_RELATED = 20_000;

/** Events that relate to an event, in topological order. Redacted ones no longer relate to anything. */
export async function getRelated(db: Queryable, query: RelationsQuery): Promise<EventRow[]> {
  const parameters = new Parameters();
  const eventId = parameters.add(query.eventId);
  const room = parameters.add(query.roomNid);
  const depth = parameters.add(query.depth);
  const conditions = [`e.room_nid = ${room}`, 'e.position IS NOT NULL', 'e.flags = 0', 'e.redacted_by IS NULL'];
  if (query.relType !== undefined) conditions.push(`c.rel_type = ${parameters.add(query.relType)}`);
  if (query.eventType !== undefined) conditions.push(`c.type = ${parameters.add(query.eventType)}`);
  const [lower, upper] = query.direction === 'b' ? [query.to, query.from] : [query.from, query.to];
  if (lower) conditions.push(beyond(lower, '>', parameters));
  if (upper) conditions.push(beyond(upper, '<=', parameters));
  if (query.ceiling !== undefined) conditions.push(`e.position <= ${parameters.add(query.ceiling)}`);
  const order = query.direction === 'b' ? 'DESC' : 'ASC';
  return db.query(
    `WITH RECURSIVE related AS (
       SELECT l.event_nid, 1 AS step FROM event_relations l WHERE l.relates_to = ${eventId} AND l.room_nid = ${room}
       UNION
       SELECT l.event_nid, r.step + 1 FROM related r JOIN events p ON p.event_nid = r.event_nid
       JOIN event_relations l ON l.relates_to = p.event_id AND l.room_nid = ${room}
       WHERE r.step < ${depth}),
     children AS (SELECT DISTINCT event_nid FROM (SELECT event_nid FROM related LIMIT ${MOST_RELATED}) found)
     SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES} JOIN children k ON k.event_nid = e.event_nid
     JOIN event_relations c ON c.event_nid = e.event_nid
     WHERE ${conditions.join(' AND ')}
     ORDER BY e.depth ${order}, e.position ${order} LIMIT ${parameters.add(query.limit)}`,
    parameters.values,
  );
}

/** A thread of a room. */
export interface ThreadRow {
  rootId: string;
  /** Place in the events stream of the thread's latest event. */
  latest: number;
}

/** Threads of a room, those with the latest events first. */
export async function getThreads(
  db: Queryable,
  query: {
    roomNid: number;
    userId: string;
    /** Only threads whose root or one of whose events is by the user. */
    participated: boolean;
    ignored: string[];
    /** Threads whose latest event is before this place of the events stream. */
    before: number | undefined;
    ceiling: number | undefined;
    limit: number;
  },
): Promise<ThreadRow[]> {
  const end = Number.MAX_SAFE_INTEGER;
  return db.query(
    `SELECT l.relates_to AS "rootId", max(e.position) AS latest
     FROM event_relations l JOIN events e ON e.event_nid = l.event_nid
     JOIN events r ON r.event_id = l.relates_to AND r.room_nid = l.room_nid AND r.flags = 0 AND r.position IS NOT NULL
     WHERE l.room_nid = $1 AND l.rel_type = 'm.thread' AND e.redacted_by IS NULL AND e.flags = 0 AND e.position <= $5
       AND l.sender <> ALL($4::text[])
     GROUP BY l.relates_to
     HAVING max(e.position) < $6 AND (NOT $3 OR bool_or(e.sender = $2 OR r.sender = $2))
     ORDER BY latest DESC LIMIT $7`,
    [
      query.roomNid,
      query.userId,
      query.participated,
      query.ignored,
      query.ceiling ?? end,
      query.before ?? end,
      query.limit,
    ],
  );
}
