import type { Queryable } from '../database.ts';

/** Rows kept for readers that were away. */
const KEPT_ROWS = 10_000;

/** A cached value that is out of date, at its place in the `caches` stream. */
export interface CacheChangeRow {
  position: number;
  kind: string;
  key: string;
}

/** Notes that values are out of date. Holds the stream's turnstile: the last statement of a transaction. */
export async function insertCacheChanges(db: Queryable, kind: string, keys: string[]): Promise<CacheChangeRow[]> {
  return db.query(
    `WITH turn AS (
       UPDATE stream_positions SET position = position + $3 WHERE stream = 'caches' RETURNING position),
     pruned AS (DELETE FROM cache_changes c USING turn WHERE c.position <= turn.position - $4)
     INSERT INTO cache_changes (position, kind, key)
     SELECT turn.position - $3 + k.ordinality, $1, k.key FROM turn, unnest($2::text[]) WITH ORDINALITY AS k(key)
     RETURNING position, kind, key`,
    [kind, keys, keys.length, KEPT_ROWS],
  );
}

/** Changes with `from < position <= to`, in order. */
export async function getCacheChanges(
  db: Queryable,
  from: number,
  to: number,
  limit: number,
): Promise<CacheChangeRow[]> {
  return db.query(
    'SELECT position, kind, key FROM cache_changes WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3',
    [from, to, limit],
  );
}
