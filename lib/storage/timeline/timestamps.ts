import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS, EVENT_TABLES } from '../events/read-events.ts';

/** Events nearest to a moment on one side of it, nearest first; `skip` of them left out. */
export async function getEventsNearTime(
  db: Queryable,
  query: { roomNid: number; ts: number; direction: 'b' | 'f'; limit: number; skip: number },
): Promise<EventRow[]> {
  const order = query.direction === 'f' ? 'ASC' : 'DESC';
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES}
     WHERE e.room_nid = $1 AND e.origin_server_ts ${query.direction === 'f' ? '>=' : '<='} $2
       AND e.position IS NOT NULL AND e.flags = 0
     ORDER BY e.origin_server_ts ${order}, e.depth ${order}, e.position ${order} LIMIT $3 OFFSET $4`,
    [query.roomNid, query.ts, query.limit, query.skip],
  );
}
