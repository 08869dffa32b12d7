import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { Database, type DatabaseOptions } from '../../lib/storage/database.ts';
import { listMigrations, migrate } from '../../lib/storage/migrate.ts';
import { testServerUrl } from './postgres-server.ts';

/** A database of its own for one test, with the schema of today and no rows. */
export interface TestDatabase {
  url: string;
  db: Database;
  /** Closes the pool and removes the database. */
  drop(): Promise<void>;
}

// One fixed key: test processes that start together make the template once.
const TEMPLATE_LOCK = 5_930_117;

let template: Promise<string> | undefined;

/**
 * Makes an empty, migrated database, cloned from a template in some tens of milliseconds. The server is that of
 * MYELIN_TEST_DATABASE_URL (whose user may create databases) or an embedded one shared by all test processes; the
 * latter is not crash-safe.
 */
export async function testDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  const server = await testServerUrl();
  template ??= ensureTemplate(server);
  const name = `myelin_test_${process.pid}_${randomBytes(6).toString('hex')}`;
  const source = await template;
  // Copying files is three times as fast as logging pages, as long as nothing is synced to disk.
  const strategy = process.env['MYELIN_TEST_DATABASE_URL'] ? 'WAL_LOG' : 'FILE_COPY';
  const create = `CREATE DATABASE ${name} TEMPLATE ${source} STRATEGY ${strategy}`;
  await withClient(server, (client) => client.query(create));
  const url = databaseUrl(server, name);
  const db = new Database(url, { applicationName: 'myelin-test', ...options });
  return {
    url,
    db,
    async drop() {
      await db.close();
      await withClient(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

async function ensureTemplate(server: string): Promise<string> {
  const migrations = await listMigrations();
  const hash = createHash('sha256').update(migrations.map((m) => `${m.name} ${m.checksum}`).join('\n'));
  const name = `myelin_template_${hash.digest('hex').slice(0, 16)}`;
  await withClient(server, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount) return;
    const draft = `${name}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
    const db = new Database(databaseUrl(server, draft), { poolSize: 1 });
    try {
      await migrate(db, migrations);
    } finally {
      await db.close();
    }
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
  return name;
}

async function withClient<T>(url: string, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
