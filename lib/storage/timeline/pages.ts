import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS, EVENT_TABLES } from '../events/read-events.ts';
import { type EventFilter, filterConditions, Parameters } from './event-filter.ts';

/** A place between events: by order in the room's graph, or by order in the events stream. */
export type Point = { kind: 'topological'; depth: number; position: number } | { kind: 'stream'; position: number };

/** A stretch of a room's timeline. */
export interface PageQuery {
  roomNid: number;
  /** `b`: newest first, from `from` back to `to`. `f`: oldest first, from `from` on to `to`. */
  direction: 'b' | 'f';
  from: Point | undefined;
  to: Point | undefined;
  /** Events after this place of the events stream are left out. */
  ceiling?: number | undefined;
  filter: EventFilter;
  limit: number;
}

/** Events of a room in topological order, by depth and then by place in the stream. */
export async function getPage(db: Queryable, query: PageQuery): Promise<EventRow[]> {
  const parameters = new Parameters();
  const room = parameters.add(query.roomNid);
  const conditions = [`e.room_nid = ${room}`, 'e.position IS NOT NULL', 'e.flags = 0'];
  const [lower, upper] = query.direction === 'b' ? [query.to, query.from] : [query.from, query.to];
  if (lower) conditions.push(beyond(lower, '>', parameters));
  if (upper) conditions.push(beyond(upper, '<=', parameters));
  if (query.ceiling !== undefined) conditions.push(`e.position <= ${parameters.add(query.ceiling)}`);
  const top = Math.min(query.ceiling ?? Infinity, upper?.kind === 'stream' ? upper.position : Infinity);
  if (query.direction === 'b' && top < Infinity) conditions.push(depthBelow(room, parameters.add(top)));
  conditions.push(...filterConditions(query.filter, parameters));
  const order = query.direction === 'b' ? 'DESC' : 'ASC';
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES} WHERE ${conditions.join(' AND ')}
     ORDER BY e.depth ${order}, e.position ${order} LIMIT ${parameters.add(query.limit)}`,
    parameters.values,
  );
}

/**
 * Lets the scan by depth start near a place of the stream instead of at the room's end. Forks make depth and place
 * differ, so a wide margin is left.
 */
function depthBelow(room: string, position: string): string {
  return `e.depth <= (SELECT max(n.depth) + 1000 FROM (SELECT depth FROM events
    WHERE room_nid = ${room} AND position <= ${position} AND flags = 0 ORDER BY position DESC LIMIT 100) n)`;
}

/** The condition that the event `e` lies on one side of a place. */
export function beyond(point: Point, operator: '>' | '<=', parameters: Parameters): string {
  if (point.kind === 'stream') return `e.position ${operator} ${parameters.add(point.position)}`;
  return `(e.depth, e.position) ${operator} (${parameters.add(point.depth)}, ${parameters.add(point.position)})`;
}

/** An event whose surroundings are wanted. */
export interface ContextTarget {
  eventNid: number;
  roomNid: number;
  depth: number;
  position: number;
}

/** An event near another one. */
export interface NearbyEvent {
  /** Numeric id of the event that it is near to. */
  near: number;
  eventNid: number;
  /** Negative before it, positive after it; 1 and −1 are next to it. */
  distance: number;
}

/** The events just before and after several events, in topological order. One query, however many. */
export async function getNearby(
  db: Queryable,
  targets: ContextTarget[],
  counts: { before: number; after: number },
): Promise<NearbyEvent[]> {
  if (targets.length === 0 || counts.before + counts.after === 0) return [];
  return db.query(
    `SELECT t.event_nid AS near, n.event_nid AS "eventNid", n.distance
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS t(event_nid, room_nid, depth, position)
     CROSS JOIN LATERAL (
       (SELECT e.event_nid, -row_number() OVER (ORDER BY e.depth DESC, e.position DESC) AS distance FROM events e
        WHERE e.room_nid = t.room_nid AND e.position IS NOT NULL AND e.flags = 0
          AND (e.depth, e.position) < (t.depth, t.position)
        ORDER BY e.depth DESC, e.position DESC LIMIT $5)
       UNION ALL
       (SELECT e.event_nid, row_number() OVER (ORDER BY e.depth, e.position) AS distance FROM events e
        WHERE e.room_nid = t.room_nid AND e.position IS NOT NULL AND e.flags = 0
          AND (e.depth, e.position) > (t.depth, t.position)
        ORDER BY e.depth, e.position LIMIT $6)) n`,
    [
      targets.map((t) => t.eventNid),
      targets.map((t) => t.roomNid),
      targets.map((t) => t.depth),
      targets.map((t) => t.position),
      counts.before,
      counts.after,
    ],
  );
}
