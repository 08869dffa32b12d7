import type { Database } from '../database.ts';
import { BATCH_PARTS, type BatchPart } from './batch-parts.ts';
import type { BatchWrite } from './batch-write.ts';
import { numbers } from './binary-arrays.ts';

/** The slots' owner is another process by now; nothing was written. */
export class FencedError extends Error {
  override name = 'FencedError';
}

// Every part reads `turn`, so nothing is written before the fence has been checked and the positions are taken.
const START = `WITH fence AS (
  SELECT assert_fence(count(*), cardinality($1::bigint[])) AS ok FROM (
    SELECT 1 FROM unit_leases s JOIN unnest($1::bigint[], $2::bigint[]) AS f(slot, epoch)
      ON s.unit = 'event-persister' AND s.shard = f.slot AND s.epoch = f.epoch ORDER BY s.shard FOR SHARE OF s) held
), turn AS (
  UPDATE stream_positions SET position = position + $3::bigint
  WHERE stream = 'events' AND (SELECT ok FROM fence)
  RETURNING position, position - $3::bigint AS base
)`;
const START_PARAMETERS = 3;

/** Statements by the parts that they consist of: each is planned once on a connection. */
const statements = new Map<string, string>();

/**
 * Writes a batch: one statement, one transaction (P3). It is put together from what the batch needs, so that messages
 * don't pay for what joins write.
 *
 * @returns the position of the stream after the batch: an event's own is that less the batch's places, plus its place.
 * @throws FencedError when another process owns one of the slots; then nothing was written.
 */
export async function commitBatch(db: Database, batch: BatchWrite): Promise<number> {
  const parts = BATCH_PARTS.filter((part) => !part.empty(batch));
  const parameters: unknown[] = [
    numbers(batch.fences, (f) => f.slot),
    numbers(batch.fences, (f) => f.epoch),
    batch.places,
  ];
  const counts: number[] = [];
  for (const part of parts) {
    const own = part.parameters(batch);
    counts.push(own.length);
    parameters.push(...own);
  }
  const name = `batch-${parts.map((part) => part.name).join('')}`;
  let sql = statements.get(name);
  if (sql === undefined) {
    sql = statementOf(parts, counts);
    statements.set(name, sql);
  }
  try {
    const [row] = await db.prepared<{ position: number }>(name, sql, parameters);
    if (!row) throw new Error('the events stream has no row in stream_positions');
    return row.position;
  } catch (error) {
    if ((error as { code?: string }).code === 'MY001') throw new FencedError('another process owns the slot');
    throw error;
  }
}

function statementOf(parts: readonly BatchPart[], counts: readonly number[]): string {
  let before = START_PARAMETERS;
  let sql = START;
  parts.forEach((part, i) => {
    const first = before;
    sql += `, ${part.sql((n) => `$${first + n}`)}`;
    before += counts[i] as number;
  });
  return `${sql}\nSELECT position FROM turn`;
}
