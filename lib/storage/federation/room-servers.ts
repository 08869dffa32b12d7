import { numberArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** When another server's users came into a room and went, by places in the events stream. */
export interface RoomServerRow {
  roomNid: number;
  server: string;
  /** The oldest member event of those who are in the room; null when none is. */
  joinedSince: number | null;
  /** The newest member event of those who are not; null when there is none. */
  lastLeft: number | null;
}

const SERVER = `substr(m.user_id, strpos(m.user_id, ':') + 1)`;

/** Other servers that have, or had, to do with some rooms. */
export async function getServersOfRooms(db: Queryable, roomNids: readonly number[]): Promise<RoomServerRow[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT m.room_nid AS "roomNid", ${SERVER} AS server,
       min(m.position) FILTER (WHERE m.membership = 'join') AS "joinedSince",
       max(m.position) FILTER (WHERE m.membership <> 'join') AS "lastLeft"
     FROM memberships m WHERE m.room_nid = ANY($1::bigint[]) AND NOT m.local GROUP BY 1, 2`,
    [numberArray(roomNids)],
  );
}

/** Which of these servers had a user in the room in a state. One query. */
export async function getServersInState(
  db: Queryable,
  stateGroup: number,
  servers: readonly string[],
): Promise<string[]> {
  const rows = await db.query<{ server: string }>(
    `WITH RECURSIVE chain AS (
       SELECT g.state_group, g.base, 0 AS step FROM state_groups g WHERE g.state_group = $1
       UNION ALL
       SELECT g.state_group, g.base, c.step + 1 FROM chain c JOIN state_groups g ON g.state_group = c.base),
     found AS (
       SELECT DISTINCT ON (d.state_key) d.state_key, d.event_nid
       FROM chain c JOIN state_groups g ON g.state_group = c.state_group
       CROSS JOIN LATERAL unnest(g.types, g.state_keys, g.event_nids) AS d(type, state_key, event_nid)
       WHERE d.type = 'm.room.member' AND substr(d.state_key, strpos(d.state_key, ':') + 1) = ANY($2::text[])
       ORDER BY d.state_key, c.step)
     SELECT DISTINCT substr(f.state_key, strpos(f.state_key, ':') + 1) AS server
     FROM found f JOIN events e ON e.event_nid = f.event_nid
     WHERE e.json::jsonb -> 'content' ->> 'membership' = 'join'`,
    [stateGroup, servers],
  );
  return rows.map((row) => row.server);
}
