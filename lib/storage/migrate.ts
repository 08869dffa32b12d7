import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Database } from './database.ts';

const DIRECTORY = fileURLToPath(new URL('./migrations/', import.meta.url));
// One fixed key: two processes that migrate at the same time take turns.
const MIGRATION_LOCK = 7_241_803;

/** A numbered SQL file of `lib/storage/migrations`. */
export interface Migration {
  number: number;
  name: string;
  sql: string;
  checksum: string;
}

/** Reads the migrations in order. Throws when two share a number. */
export async function listMigrations(directory = DIRECTORY): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}-.+\.sql$/.test(file)).sort();
  const migrations: Migration[] = [];
  for (const file of files) {
    const number = Number(file.slice(0, 4));
    if (migrations.at(-1)?.number === number) throw new Error(`two migrations have the number ${number}`);
    const sql = await readFile(`${directory}/${file}`, 'utf8');
    migrations.push({ number, name: file.slice(0, -4), sql, checksum: createHash('sha256').update(sql).digest('hex') });
  }
  return migrations;
}

/**
 * Brings the schema up to date, each migration in a transaction of its own. Safe to run from several processes at once
 * and again at any time.
 *
 * @returns the names of the migrations that were applied now.
 * @throws Error when an applied migration has changed, or the database is newer than this code.
 */
export async function migrate(db: Database, migrations?: Migration[]): Promise<string[]> {
  const wanted = migrations ?? (await listMigrations());
  await db.script(
    `SELECT pg_advisory_lock(${MIGRATION_LOCK});
     CREATE TABLE IF NOT EXISTS schema_migrations (
       number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
     SELECT pg_advisory_unlock(${MIGRATION_LOCK});`,
  );
  const applied: string[] = [];
  for (const migration of wanted) {
    const done = await db.tx(async (q) => {
      await q.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      const [row] = await q.query<{ checksum: string }>('SELECT checksum FROM schema_migrations WHERE number = $1', [
        migration.number,
      ]);
      if (row && row.checksum !== migration.checksum) {
        throw new Error(`migration ${migration.name} has changed since it was applied to this database`);
      }
      if (row) return false;
      await q.query(migration.sql);
      await q.query('INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)', [
        migration.number,
        migration.name,
        migration.checksum,
      ]);
      return true;
    });
    if (done) applied.push(migration.name);
  }
  const known = new Set(wanted.map((m) => m.number));
  const rows = await db.query<{ number: number; name: string }>('SELECT number, name FROM schema_migrations');
  const foreign = rows.filter((row) => !known.has(row.number));
  if (foreign.length > 0) {
    throw new Error(
      `the database has migrations that this version does not know: ${foreign.map((f) => f.name).join(', ')}`,
    );
  }
  return applied;
}
