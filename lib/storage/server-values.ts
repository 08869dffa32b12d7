import type { Queryable } from './database.ts';

/** A server-wide value by name; undefined when it was never set. */
export async function getServerValue(db: Queryable, name: string): Promise<unknown> {
  const [row] = await db.query<{ value: unknown }>('SELECT value FROM server_facts WHERE name = $1', [name]);
  return row?.value;
}

/** Sets a server-wide value. */
export async function setServerValue(db: Queryable, name: string, value: unknown): Promise<void> {
  await db.query(
    `INSERT INTO server_facts (name, value) VALUES ($1, $2::jsonb)
     ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
    [name, JSON.stringify(value)],
  );
}
