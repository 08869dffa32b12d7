import type { Queryable } from './database.ts';

/** What the database server says about itself. */
export interface ServerFacts {
  version: string;
  major: number;
  encoding: string;
  /** Acknowledged commits outlive a crash. */
  durable: boolean;
  /** Applied migrations; 0 on an empty database. */
  migrations: number;
  /** One empty round trip, in milliseconds. */
  roundTripMs: number;
}

/** Asks the database server about itself; works on an empty database too. */
export async function serverFacts(db: Queryable): Promise<ServerFacts> {
  const [settings] = await db.query<{
    version: string;
    number: number;
    encoding: string;
    durable: boolean;
    schema: boolean;
  }>(
    `SELECT current_setting('server_version') AS version,
            current_setting('server_version_num')::int AS number,
            current_setting('server_encoding') AS encoding,
            current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off' AS durable,
            to_regclass('schema_migrations') IS NOT NULL AS schema`,
  );
  const started = performance.now();
  await db.query('SELECT 1');
  const roundTripMs = performance.now() - started;
  const applied = settings?.schema ? await db.query<{ count: number }>('SELECT count(*) FROM schema_migrations') : [];
  return {
    version: settings?.version ?? '?',
    major: Math.floor((settings?.number ?? 0) / 10_000),
    encoding: settings?.encoding ?? '?',
    durable: settings?.durable ?? false,
    migrations: applied[0]?.count ?? 0,
    roundTripMs,
  };
}
