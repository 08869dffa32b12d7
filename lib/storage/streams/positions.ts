import type { Queryable } from '../database.ts';

/** Highest position of a stream that is committed. */
export async function getStreamPosition(db: Queryable, stream: string): Promise<number> {
  const [row] = await db.query<{ position: number }>('SELECT position FROM stream_positions WHERE stream = $1', [
    stream,
  ]);
  return row?.position ?? 0;
}
