import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from '../../lib/domain/context.ts';

/** Tells what the counted call sends from what pushers, streams and leases ask for meanwhile. */
const counted = new AsyncLocalStorage<string[]>();

/** Runs something and returns the statements that it sent to the database, each cut to its beginning. */
export async function countQueries(ctx: Context, body: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const { db } = ctx;
  const query = db.query;
  db.query = ((sql: string, params?: unknown[]) => {
    if (counted.getStore() === seen) seen.push(sql.replace(/\s+/g, ' ').slice(0, 120));
    return query.call(db, sql, params);
  }) as typeof db.query;
  try {
    await counted.run(seen, body);
  } finally {
    db.query = query;
  }
  return seen;
}
