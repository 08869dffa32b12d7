import type { Context } from '../../lib/domain/context.ts';

/** Runs something and returns the statements that it sent to the database, each cut to its beginning. */
export async function countQueries(ctx: Context, body: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const { db } = ctx;
  const query = db.query;
  db.query = ((sql: string, params?: unknown[]) => {
    seen.push(sql.replace(/\s+/g, ' ').slice(0, 120));
    return query.call(db, sql, params);
  }) as typeof db.query;
  try {
    await body();
  } finally {
    db.query = query;
  }
  return seen;
}
