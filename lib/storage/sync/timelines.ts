import type { Queryable } from '../database.ts';
import { EVENT_PURGED, type EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';

/** A stretch of a room's timeline: `from < position <= to`. */
export interface Stretch {
  roomNid: number;
  from: number;
  to: number;
}

/** What {@link EVENT_COLUMNS} reads beside the event itself. */
export const EVENT_JOINS = `JOIN rooms r ON r.room_nid = e.room_nid
  LEFT JOIN events x ON x.event_nid = e.redacted_by LEFT JOIN events p ON p.event_nid = e.replaces_nid`;

/**
 * The newest events of each stretch, at most `limit` a room, oldest first; state whose history was purged is among them.
 * One query for all rooms.
 */
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
       SELECT * FROM events t WHERE t.room_nid = w.room_nid AND t.position > w.after AND t.position <= w.until
         AND (t.flags & ~${EVENT_PURGED}) = 0
       ORDER BY t.position DESC LIMIT $4) e ${EVENT_JOINS} ORDER BY e.position`,
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
       WHERE t.room_nid = w.room_nid AND t.position > w.after AND t.position <= w.until AND t.state_key IS NOT NULL AND (t.flags & ~${EVENT_PURGED}) = 0
       ORDER BY t.type, t.state_key, t.position DESC) e ${EVENT_JOINS} ORDER BY e.position`,
    [stretches.map((s) => s.roomNid), stretches.map((s) => s.from), stretches.map((s) => s.to)],
  );
}
