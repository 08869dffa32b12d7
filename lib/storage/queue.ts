import type { Queryable } from './database.ts';

/** A claimed message. */
export interface QueueRow {
  id: number;
  body: unknown;
  /** How often it has been claimed, this time included. */
  attempts: number;
}

/** Adds a message, unless one with the same dedupe id waits. */
export async function enqueue(
  db: Queryable,
  message: { queue: string; body: unknown; delayMs: number; dedupeId?: string },
): Promise<void> {
  await db.query(
    `INSERT INTO queue_messages (queue, body, dedupe_id, visible_at)
     VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')
     ON CONFLICT DO NOTHING`,
    [message.queue, JSON.stringify(message.body), message.dedupeId ?? null, message.delayMs],
  );
}

/**
 * Claims up to `most` due messages for `visibilityMs`; other claims pass them by. A message that was claimed
 * `maxAttempts` times and never settled goes to the dead letters instead.
 */
export async function claimMessages(
  db: Queryable,
  claim: { queue: string; most: number; visibilityMs: number; maxAttempts: number },
): Promise<QueueRow[]> {
  return db.query<QueueRow>(
    `WITH due AS (
       SELECT id, attempts >= $4 AS spent FROM queue_messages
       WHERE queue = $1 AND visible_at <= now()
       ORDER BY visible_at, id LIMIT $2
       FOR UPDATE SKIP LOCKED
     ), dead AS (
       DELETE FROM queue_messages m USING due WHERE m.id = due.id AND due.spent RETURNING m.*
     ), buried AS (
       INSERT INTO queue_dead_letters (id, queue, body, attempts, error, created_at)
       SELECT id, queue, body, attempts, 'not settled in time', created_at FROM dead
     )
     UPDATE queue_messages m
     SET attempts = attempts + 1, dedupe_id = NULL, visible_at = now() + $3 * interval '1 millisecond'
     FROM due WHERE m.id = due.id AND NOT due.spent
     RETURNING m.id, m.body, m.attempts`,
    [claim.queue, claim.most, claim.visibilityMs, claim.maxAttempts],
  );
}

/** Takes a message out; it is done. */
export async function deleteMessage(db: Queryable, id: number): Promise<void> {
  await db.query('DELETE FROM queue_messages WHERE id = $1', [id]);
}

/** Makes a message visible again after a delay, if nobody else has claimed it since. */
export async function releaseMessage(db: Queryable, id: number, attempts: number, delayMs: number): Promise<void> {
  await db.query(
    `UPDATE queue_messages SET visible_at = now() + $3 * interval '1 millisecond' WHERE id = $1 AND attempts = $2`,
    [id, attempts, delayMs],
  );
}

/** Moves a message to the dead letters, if nobody else has claimed it since. */
export async function buryMessage(db: Queryable, id: number, attempts: number, error: string): Promise<void> {
  await db.query(
    `WITH dead AS (DELETE FROM queue_messages WHERE id = $1 AND attempts = $2 RETURNING *)
     INSERT INTO queue_dead_letters (id, queue, body, attempts, error, created_at)
     SELECT id, queue, body, attempts, $3, created_at FROM dead`,
    [id, attempts, error],
  );
}

/** Messages that wait, are delayed or being handled. */
export async function countMessages(db: Queryable, queue: string): Promise<number> {
  const [row] = await db.query<{ count: number }>('SELECT count(*) FROM queue_messages WHERE queue = $1', [queue]);
  return row!.count;
}

/** The dead letters of a queue, the latest first. */
export async function listDeadLetters(
  db: Queryable,
  queue: string,
  most: number,
): Promise<{ id: number; body: unknown; attempts: number; error: string | null }[]> {
  return db.query(
    'SELECT id, body, attempts, error FROM queue_dead_letters WHERE queue = $1 ORDER BY died_at DESC, id DESC LIMIT $2',
    [queue, most],
  );
}

/** Removes dead letters older than `days`. Returns how many. */
export async function pruneDeadLetters(db: Queryable, days: number): Promise<number> {
  const rows = await db.query(
    `DELETE FROM queue_dead_letters WHERE died_at < now() - $1 * interval '1 day' RETURNING id`,
    [days],
  );
  return rows.length;
}
