import type { Queryable } from '../database.ts';

/** Events that the estimate looks at, about. */
const SAMPLE = 200_000;

/**
 * The rooms whose events take most space, in bytes. An estimate: a large table is looked at in part only.
 */
export async function getLargestRooms(
  db: Queryable,
  limit: number,
): Promise<{ room_id: string; estimated_size: number }[]> {
  const [table] = await db.query<{ rows: number }>(
    `SELECT greatest(reltuples, 1) AS rows FROM pg_class WHERE oid = 'events'::regclass`,
  );
  const percent = Math.min(100, (SAMPLE / (table?.rows ?? 1)) * 100);
  return db.query(
    `SELECT r.room_id, round(s.bytes * 100 / $1::float8)::bigint AS estimated_size FROM (
       SELECT room_nid, sum(pg_column_size(e.*)) AS bytes FROM events e TABLESAMPLE SYSTEM ($1) GROUP BY room_nid) s
     JOIN rooms r ON r.room_nid = s.room_nid ORDER BY 2 DESC, 1 LIMIT $2`,
    [percent, limit],
  );
}
