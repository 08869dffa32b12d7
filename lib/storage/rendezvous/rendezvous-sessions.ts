import type { Queryable } from '../database.ts';

/** A mailbox of two devices. */
export interface RendezvousRow {
  sessionId: string;
  data: string;
  contentType: string;
  sequence: number;
  modifiedTs: number;
  expiresTs: number;
}

const COLUMNS = `session_id AS "sessionId", data, content_type AS "contentType", sequence, modified_ts AS "modifiedTs",
  expires_ts AS "expiresTs"`;

/** Makes a mailbox. */
export async function insertRendezvous(db: Queryable, row: Omit<RendezvousRow, 'sequence'>): Promise<RendezvousRow> {
  const [stored] = await db.query<RendezvousRow>(
    `INSERT INTO rendezvous_sessions (session_id, data, content_type, modified_ts, expires_ts) VALUES ($1, $2, $3, $4, $5)
     RETURNING ${COLUMNS}`,
    [row.sessionId, row.data, row.contentType, row.modifiedTs, row.expiresTs],
  );
  return stored as RendezvousRow;
}

/** A mailbox that has not expired. */
export async function getRendezvous(db: Queryable, sessionId: string, now: number): Promise<RendezvousRow | undefined> {
  const [row] = await db.query<RendezvousRow>(
    `SELECT ${COLUMNS} FROM rendezvous_sessions WHERE session_id = $1 AND expires_ts > $2`,
    [sessionId, now],
  );
  return row;
}

/** Replaces what is in a mailbox if nobody has since `sequence`. Undefined when somebody has, or it is gone. */
export async function replaceRendezvous(
  db: Queryable,
  sessionId: string,
  change: { data: string; contentType: string; sequence: number; now: number },
): Promise<RendezvousRow | undefined> {
  const [row] = await db.query<RendezvousRow>(
    `UPDATE rendezvous_sessions SET data = $2, content_type = $3, sequence = sequence + 1, modified_ts = $5
     WHERE session_id = $1 AND sequence = $4 AND expires_ts > $5 RETURNING ${COLUMNS}`,
    [sessionId, change.data, change.contentType, change.sequence, change.now],
  );
  return row;
}

/** Removes a mailbox. False when it was not there. */
export async function deleteRendezvous(db: Queryable, sessionId: string, now: number): Promise<boolean> {
  const rows = await db.query('DELETE FROM rendezvous_sessions WHERE session_id = $1 AND expires_ts > $2 RETURNING 1', [
    sessionId,
    now,
  ]);
  return rows.length > 0;
}

/** Removes mailboxes that have expired. */
export async function pruneRendezvousSessions(db: Queryable, now: number): Promise<void> {
  await db.query('DELETE FROM rendezvous_sessions WHERE expires_ts <= $1', [now]);
}
