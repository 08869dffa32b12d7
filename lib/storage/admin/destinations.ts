import type { Queryable } from '../database.ts';

/** A server that this one has to do with. */
export interface ListedDestination {
  destination: string;
  retry_last_ts: number;
  retry_interval: number;
  failure_ts: number | null;
  last_successful_stream_ordering: number | null;
}

/** Orders of {@link listDestinations}, by the name that the admin API gives them. */
export const DESTINATION_ORDERS = {
  destination: 'destination',
  retry_last_ts: 'retry_last_ts',
  retry_interval: 'retry_interval',
  failure_ts: 'failure_ts',
  last_successful_stream_ordering: 'last_successful_stream_ordering',
} as const;

/** Servers with members in rooms of this one, and those that were not reached. */
const ALL = `SELECT coalesce(d.destination, s.server) AS destination,
    CASE WHEN d.failing_since_ts IS NULL THEN 0 ELSE greatest(d.retry_at_ts - d.retry_interval_ms, d.failing_since_ts) END
      AS retry_last_ts,
    coalesce(d.retry_interval_ms, 0) AS retry_interval, d.failing_since_ts AS failure_ts,
    NULL::bigint AS last_successful_stream_ordering
  FROM destinations d FULL JOIN (
    SELECT DISTINCT substr(m.user_id, strpos(m.user_id, ':') + 1) AS server FROM memberships m
    WHERE NOT m.local AND m.membership = 'join') s ON s.server = d.destination`;

/** A page of other servers and how many match. */
export async function listDestinations(
  db: Queryable,
  query: {
    from: number;
    limit: number;
    order: keyof typeof DESTINATION_ORDERS;
    descending: boolean;
    /** Part of the name. */
    search?: string | undefined;
  },
): Promise<{ destinations: ListedDestination[]; total: number }> {
  const where = '$1::text IS NULL OR strpos(a.destination, lower($1)) > 0';
  const destinations = await db.query<ListedDestination>(
    `SELECT a.* FROM (${ALL}) a WHERE ${where}
     ORDER BY ${DESTINATION_ORDERS[query.order]} ${query.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}, a.destination
     LIMIT $2 OFFSET $3`,
    [query.search ?? null, query.limit, query.from],
  );
  const [count] = await db.query<{ total: number }>(`SELECT count(*) AS total FROM (${ALL}) a WHERE ${where}`, [
    query.search ?? null,
  ]);
  return { destinations, total: count?.total ?? 0 };
}

/** One other server. */
export async function getListedDestination(db: Queryable, destination: string): Promise<ListedDestination | undefined> {
  return (await db.query<ListedDestination>(`SELECT a.* FROM (${ALL}) a WHERE a.destination = $1`, [destination]))[0];
}

/** Rooms that another server is in, by room id. */
export async function getRoomsOfDestination(
  db: Queryable,
  destination: string,
  page: { from: number; limit: number; descending: boolean },
): Promise<{ rooms: { room_id: string; stream_ordering: number }[]; total: number }> {
  const found = `FROM rooms r WHERE EXISTS (SELECT 1 FROM memberships m WHERE m.room_nid = r.room_nid AND NOT m.local
    AND m.membership = 'join' AND substr(m.user_id, strpos(m.user_id, ':') + 1) = $1)`;
  const rooms = await db.query<{ room_id: string; stream_ordering: number }>(
    `SELECT r.room_id, r.position AS stream_ordering ${found}
     ORDER BY r.room_id ${page.descending ? 'DESC' : 'ASC'} LIMIT $2 OFFSET $3`,
    [destination, page.limit, page.from],
  );
  const [count] = await db.query<{ total: number }>(`SELECT count(*) AS total ${found}`, [destination]);
  return { rooms, total: count?.total ?? 0 };
}
