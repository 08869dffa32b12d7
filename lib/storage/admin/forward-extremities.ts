import type { Queryable } from '../database.ts';

/** An end of a room's graph. */
export interface ExtremityRow {
  event_id: string;
  state_group: number | null;
  depth: number;
  received_ts: number;
}

/** The ends of a room's graph, deepest last. */
export async function getForwardExtremities(db: Queryable, roomNid: number): Promise<ExtremityRow[]> {
  return db.query(
    `SELECT e.event_id, coalesce(e.state_group_after, e.state_group) AS state_group, e.depth,
       e.origin_server_ts AS received_ts
     FROM rooms r JOIN events e ON e.event_nid = ANY (r.extremities) WHERE r.room_nid = $1 ORDER BY e.depth, e.event_nid`,
    [roomNid],
  );
}
