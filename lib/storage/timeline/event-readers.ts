import type { Queryable } from '../database.ts';

/** How far a reader of the events stream has come; it starts at the beginning. */
export async function getReaderPosition(db: Queryable, reader: string): Promise<number> {
  const [row] = await db.query<{ position: number }>('SELECT position FROM event_readers WHERE reader = $1', [reader]);
  return row?.position ?? 0;
}

/** Moves a reader on. False when it is no longer at `from`: another process has moved it. */
export async function moveReader(db: Queryable, reader: string, from: number, to: number): Promise<boolean> {
  if (from === 0) {
    await db.query('INSERT INTO event_readers (reader, position) VALUES ($1, 0) ON CONFLICT DO NOTHING', [reader]);
  }
  const rows = await db.query(
    'UPDATE event_readers SET position = $3 WHERE reader = $1 AND position = $2 RETURNING position',
    [reader, from, to],
  );
  return rows.length > 0;
}
