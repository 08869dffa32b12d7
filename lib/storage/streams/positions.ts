import type { Queryable } from '../database.ts';

/** Highest position of a stream that is committed. */
export async function getStreamPosition(db: Queryable, stream: string): Promise<number> {
  const [row] = await db.query<{ position: number }>('SELECT position FROM stream_positions WHERE stream = $1', [
    stream,
  ]);
  return row?.position ?? 0;
}

/** Highest committed positions of all streams, by name. */
export async function getStreamPositions(db: Queryable): Promise<Map<string, number>> {
  const rows = await db.query<{ stream: string; position: number }>('SELECT stream, position FROM stream_positions');
  return new Map(rows.map((row) => [row.stream, row.position]));
}
