import type { Queryable } from '../database.ts';

/** An EDU that must not be lost. */
export interface StoredEdu {
  eduId: number;
  /** The whole EDU. */
  json: string;
}

/** The oldest EDUs for a destination, in order. */
export async function getEduOutbox(db: Queryable, destination: string, limit: number): Promise<StoredEdu[]> {
  return db.query(
    `SELECT edu_id AS "eduId", json FROM federation_edu_outbox WHERE destination = $1 ORDER BY edu_id LIMIT $2`,
    [destination, limit],
  );
}

/** Deletes EDUs from before `ts` (milliseconds): their destinations are gone. */
export async function pruneEduOutbox(db: Queryable, ts: number): Promise<void> {
  await db.query('DELETE FROM federation_edu_outbox WHERE created_ts < $1', [ts]);
}
