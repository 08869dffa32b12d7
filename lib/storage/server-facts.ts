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

/** Processes that are alive and own something: servers that run on this database. Works on an empty database too. */
export async function liveOwners(db: Queryable): Promise<string[]> {
  const [schema] = await db.query<{ there: boolean }>(`SELECT to_regclass('unit_leases') IS NOT NULL AS there`);
  if (!schema?.there) return [];
  const rows = await db.query<{ owner: string }>(
    `SELECT DISTINCT l.owner FROM unit_leases l JOIN unit_processes p ON p.process = l.owner WHERE p.lease_until > now()`,
  );
  return rows.map((row) => row.owner);
}

/** Any user id of this server, or undefined when it has no accounts yet. The schema must be there. */
export async function anyUserId(db: Queryable): Promise<string | undefined> {
  const [row] = await db.query<{ user_id: string }>('SELECT user_id FROM users LIMIT 1');
  return row?.user_id;
}
