import type { Queryable } from '../database.ts';

/** An event that is to be sent later, or was. */
export interface DelayedEventRow {
  delayId: string;
  userId: string;
  deviceId: string;
  roomId: string;
  type: string;
  stateKey: string | null;
  /** JSON text. */
  content: string;
  delayMs: number;
  runningSince: number;
  sendAt: number;
  /** Null while it waits. */
  outcome: 'sent' | 'cancelled' | 'failed' | null;
  finishedTs: number | null;
  eventId: string | null;
  /** Of a failed one, the error as JSON text. */
  error: string | null;
}

const COLUMNS = `delay_id AS "delayId", user_id AS "userId", device_id AS "deviceId", room_id AS "roomId", type,
  state_key AS "stateKey", content, delay_ms AS "delayMs", running_since AS "runningSince", send_at AS "sendAt", outcome,
  finished_ts AS "finishedTs", event_id AS "eventId", error`;

/** A delayed event to store. */
export type NewDelayedEvent = Pick<
  DelayedEventRow,
  'delayId' | 'userId' | 'deviceId' | 'roomId' | 'type' | 'stateKey' | 'content' | 'delayMs' | 'runningSince'
> & { txnId: string | null };

/**
 * Stores a delayed event, unless its user has `most` of them waiting. Returns its id, or that of the one which an earlier
 * request with the same transaction id stored; undefined when there are too many.
 */
export async function insertDelayedEvent(
  db: Queryable,
  event: NewDelayedEvent,
  most: number,
): Promise<string | undefined> {
  const { delayId, userId, deviceId, txnId, roomId, type, stateKey, content, delayMs, runningSince } = event;
  const known = () =>
    db.query<{ delayId: string }>(
      `SELECT delay_id AS "delayId" FROM delayed_events WHERE user_id = $1 AND device_id = $2 AND room_id = $3 AND txn_id = $4`,
      [userId, deviceId, roomId, txnId],
    );
  const [before] = txnId === null ? [] : await known();
  if (before) return before.delayId;
  const [row] = await db.query<{ delayId: string }>(
    `INSERT INTO delayed_events
       (delay_id, user_id, device_id, txn_id, room_id, type, state_key, content, delay_ms, running_since, send_at)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::bigint, $10::bigint, $9::bigint + $10::bigint
     WHERE (SELECT count(*) FROM delayed_events WHERE user_id = $2 AND outcome IS NULL) < $11
     ON CONFLICT DO NOTHING RETURNING delay_id AS "delayId"`,
    [delayId, userId, deviceId, txnId, roomId, type, stateKey, content, delayMs, runningSince, most],
  );
  if (row) return row.delayId;
  // The same request may have come twice at once.
  return txnId === null ? undefined : (await known())[0]?.delayId;
}

/** A delayed event, waiting or over. */
export async function getDelayedEvent(db: Queryable, delayId: string): Promise<DelayedEventRow | undefined> {
  const [row] = await db.query<DelayedEventRow>(`SELECT ${COLUMNS} FROM delayed_events WHERE delay_id = $1`, [delayId]);
  return row;
}

/** A user's delayed events that wait, by the time at which they are sent. */
export async function getDelayedEventsOf(db: Queryable, userId: string): Promise<DelayedEventRow[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM delayed_events WHERE user_id = $1 AND outcome IS NULL ORDER BY send_at, delay_id`,
    [userId],
  );
}

/** Lets a delay begin anew. False when the event does not wait any more. */
export async function restartDelayedEvent(db: Queryable, delayId: string, now: number): Promise<boolean> {
  const rows = await db.query(
    `UPDATE delayed_events SET running_since = $2::bigint, send_at = $2::bigint + delay_ms
     WHERE delay_id = $1 AND outcome IS NULL AND claimed_until <= $2::bigint RETURNING 1`,
    [delayId, now],
  );
  return rows.length > 0;
}

/** Takes back a delayed event. False when it does not wait any more. */
export async function cancelDelayedEvent(db: Queryable, delayId: string, now: number): Promise<boolean> {
  const rows = await db.query(
    `UPDATE delayed_events SET outcome = 'cancelled', finished_ts = $2
     WHERE delay_id = $1 AND outcome IS NULL AND claimed_until <= $2 RETURNING 1`,
    [delayId, now],
  );
  return rows.length > 0;
}

/** Takes back all that wait of a user. */
export async function cancelDelayedEventsOf(db: Queryable, userId: string, now: number): Promise<void> {
  await db.query(
    `UPDATE delayed_events SET outcome = 'cancelled', finished_ts = $2 WHERE user_id = $1 AND outcome IS NULL`,
    [userId, now],
  );
}

/** Takes back delayed state events whose place in the state somebody else has set meanwhile. */
export async function cancelOvertaken(
  db: Queryable,
  states: { roomId: string; type: string; stateKey: string; sender: string }[],
  now: number,
): Promise<void> {
  await db.query(
    `UPDATE delayed_events d SET outcome = 'cancelled', finished_ts = $5
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS s(room_id, type, state_key, sender)
     WHERE d.room_id = s.room_id AND d.type = s.type AND d.state_key = s.state_key AND d.user_id <> s.sender
       AND d.outcome IS NULL AND d.claimed_until <= $5`,
    [
      states.map((s) => s.roomId),
      states.map((s) => s.type),
      states.map((s) => s.stateKey),
      states.map((s) => s.sender),
      now,
    ],
  );
}

/** Claims events that are due for some time, those first that were due first; other claims pass them by. */
export async function claimDueEvents(
  db: Queryable,
  { now, until, limit }: { now: number; until: number; limit: number },
): Promise<DelayedEventRow[]> {
  const rows = await db.query<DelayedEventRow>(
    `UPDATE delayed_events SET claimed_until = $2 WHERE delay_id IN (
       SELECT delay_id FROM delayed_events WHERE outcome IS NULL AND send_at <= $1 AND claimed_until <= $1
       ORDER BY send_at LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING ${COLUMNS}`,
    [now, until, limit],
  );
  return rows.sort((a, b) => a.sendAt - b.sendAt);
}

/** Claims one event before its time. Undefined when it does not wait any more. */
export async function claimDelayedEvent(
  db: Queryable,
  delayId: string,
  { now, until }: { now: number; until: number },
): Promise<DelayedEventRow | undefined> {
  const [row] = await db.query<DelayedEventRow>(
    `UPDATE delayed_events SET claimed_until = $3 WHERE delay_id = $1 AND outcome IS NULL AND claimed_until <= $2
     RETURNING ${COLUMNS}`,
    [delayId, now, until],
  );
  return row;
}

/** Notes what became of a claimed event. */
export async function finishDelayedEvent(
  db: Queryable,
  delayId: string,
  end: { outcome: 'sent' | 'failed'; now: number; eventId: string | null; error: string | null },
): Promise<void> {
  await db.query(
    'UPDATE delayed_events SET outcome = $2, finished_ts = $3, event_id = $4, error = $5 WHERE delay_id = $1',
    [delayId, end.outcome, end.now, end.eventId, end.error],
  );
}

/** A claimed event could not be sent now: it is tried again. */
export async function postponeDelayedEvent(db: Queryable, delayId: string, until: number): Promise<void> {
  await db.query('UPDATE delayed_events SET claimed_until = $2 WHERE delay_id = $1', [delayId, until]);
}

/** When the next event is due; undefined when none waits. */
export async function nextDueEvent(db: Queryable): Promise<number | undefined> {
  const [row] = await db.query<{ due: number }>(
    `SELECT greatest(send_at, claimed_until) AS due FROM delayed_events WHERE outcome IS NULL ORDER BY send_at LIMIT 1`,
  );
  return row?.due;
}

/** Removes what was over before a time. */
export async function pruneFinishedEvents(db: Queryable, before: number): Promise<void> {
  await db.query('DELETE FROM delayed_events WHERE outcome IS NOT NULL AND finished_ts < $1', [before]);
}
