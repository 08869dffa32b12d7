import type { Queryable } from '../database.ts';

/** An event that others follow and that is not stored. */
export interface Gap {
  eventId: string;
  /** Depth of an event that follows it. */
  depth: number;
}

/** Where a room's history is not whole, newest first. */
export async function getGaps(db: Queryable, roomNid: number, limit: number): Promise<Gap[]> {
  return db.query(
    `SELECT m.event_id AS "eventId", e.depth FROM missing_events m
     JOIN events e ON e.event_nid = m.wanted_by WHERE m.room_nid = $1 ORDER BY e.depth DESC LIMIT $2`,
    [roomNid, limit],
  );
}
