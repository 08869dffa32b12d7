import type { Queryable } from '../database.ts';

/** Numeric ids of the member events of the given (room, user) pairs. */
export async function getMemberEventNids(db: Queryable, pairs: [number, string][]): Promise<number[]> {
  const rows = await db.query<{ eventNid: number }>(
    `SELECT m.event_nid AS "eventNid" FROM unnest($1::bigint[], $2::text[]) AS w(room_nid, user_id)
     JOIN memberships m ON m.room_nid = w.room_nid AND m.user_id = w.user_id`,
    [pairs.map((p) => p[0]), pairs.map((p) => p[1])],
  );
  return rows.map((row) => row.eventNid);
}
