import type { Queryable } from '../database.ts';

/** A server that was not reached lately. */
export interface StoredDestination {
  destination: string;
  /** Milliseconds; null when all is well. */
  failingSinceTs: number | null;
  /** Not to be tried before then; milliseconds. */
  retryAtTs: number;
  retryIntervalMs: number;
}

const COLUMNS = `destination, failing_since_ts AS "failingSinceTs", retry_at_ts AS "retryAtTs",
  retry_interval_ms AS "retryIntervalMs"`;

/** How a destination does; undefined when nothing was ever wrong. */
export async function getDestination(db: Queryable, destination: string): Promise<StoredDestination | undefined> {
  const [row] = await db.query<StoredDestination>(`SELECT ${COLUMNS} FROM destinations WHERE destination = $1`, [
    destination,
  ]);
  return row;
}

/** The destination answers again. True when it did not before. */
export async function markReached(db: Queryable, destination: string): Promise<boolean> {
  const rows = await db.query(
    `UPDATE destinations SET failing_since_ts = NULL, retry_at_ts = 0, retry_interval_ms = 0
     WHERE destination = $1 AND failing_since_ts IS NOT NULL RETURNING 1`,
    [destination],
  );
  return rows.length > 0;
}

/**
 * The destination did not answer: the next try is later than the one before, up to a longest pause. Failures of requests
 * that began before that next try was due do not add up.
 */
export async function markFailed(
  db: Queryable,
  failure: { destination: string; now: number; firstMs: number; mostMs: number; jitter: number },
): Promise<StoredDestination> {
  const { destination, now, firstMs, mostMs, jitter } = failure;
  const [row] = await db.query<StoredDestination>(
    `INSERT INTO destinations AS d (destination, failing_since_ts, retry_at_ts, retry_interval_ms)
     VALUES ($1, $2::bigint, $2::bigint + ($3::bigint * $5::float8)::bigint, $3)
     ON CONFLICT (destination) DO UPDATE SET
       failing_since_ts = coalesce(d.failing_since_ts, $2),
       retry_interval_ms = CASE WHEN d.retry_at_ts > $2 THEN d.retry_interval_ms
         ELSE least(greatest(d.retry_interval_ms * 2, $3::bigint), $4::bigint) END,
       retry_at_ts = CASE WHEN d.retry_at_ts > $2 THEN d.retry_at_ts
         ELSE $2 + (least(greatest(d.retry_interval_ms * 2, $3::bigint), $4::bigint) * $5::float8)::bigint END
     RETURNING ${COLUMNS}`,
    [destination, now, firstMs, mostMs, jitter],
  );
  return row as StoredDestination;
}
