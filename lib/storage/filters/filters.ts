import { createHash } from 'node:crypto';
import type { Queryable } from '../database.ts';

/** Stores a filter, given as JSON text, and returns its id; an equal one keeps its id. */
export async function putFilter(db: Queryable, userId: string, json: string): Promise<number> {
  const hash = createHash('sha256').update(json).digest();
  for (;;) {
    const [known] = await db.query<{ id: number }>(
      'SELECT filter_id AS id FROM user_filters WHERE user_id = $1 AND hash = $2',
      [userId, hash],
    );
    if (known) return known.id;
    const [row] = await db.query<{ id: number }>(
      `INSERT INTO user_filters (user_id, filter_id, hash, json)
       SELECT $1, coalesce(max(filter_id) + 1, 0), $2, $3 FROM user_filters WHERE user_id = $1
       ON CONFLICT DO NOTHING RETURNING filter_id AS id`,
      [userId, hash, json],
    );
    if (row) return row.id;
  }
}

/** A stored filter as JSON text. */
export async function getFilter(db: Queryable, userId: string, filterId: number): Promise<string | undefined> {
  const [row] = await db.query<{ json: string }>(
    'SELECT json FROM user_filters WHERE user_id = $1 AND filter_id = $2',
    [userId, filterId],
  );
  return row?.json;
}
