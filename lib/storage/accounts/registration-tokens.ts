import type { Database, Queryable } from '../database.ts';

/** A token that lets people register. */
export interface RegistrationTokenRow {
  token: string;
  /** Null: any number. */
  usesAllowed: number | null;
  /** Sessions that hold a use and have not registered yet. */
  pending: number;
  completed: number;
  /** Milliseconds; null never. */
  expiresTs: number | null;
}

const SELECT = `SELECT t.token, t.uses_allowed AS "usesAllowed", t.completed, t.expires_ts AS "expiresTs",
  (SELECT count(*) FROM ui_auth_sessions s WHERE s.registration_token = t.token) AS pending FROM registration_tokens t`;

/** Adds a registration token. False when there is one of that name. */
export async function insertRegistrationToken(
  db: Queryable,
  token: { token: string; createdTs: number; usesAllowed: number | null; expiresTs: number | null },
): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO registration_tokens (token, created_ts, uses_allowed, expires_ts) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING token`,
    [token.token, token.createdTs, token.usesAllowed, token.expiresTs],
  );
  return rows.length > 0;
}

/** One registration token. */
export async function getRegistrationToken(db: Queryable, token: string): Promise<RegistrationTokenRow | undefined> {
  const [row] = await db.query<RegistrationTokenRow>(`${SELECT} WHERE t.token = $1`, [token]);
  return row;
}

/** Whether another account may be made with a token. */
export function isUsable(row: RegistrationTokenRow | undefined, now: number): boolean {
  if (!row || (row.expiresTs !== null && row.expiresTs <= now)) return false;
  return row.usesAllowed === null || row.completed + row.pending < row.usesAllowed;
}

/** Gives an authentication session one use of a token. False when there is none left. */
export async function holdRegistrationToken(
  db: Database,
  hold: { token: string; sessionId: string; now: number },
): Promise<boolean> {
  return db.tx(async (tx) => {
    // Whoever holds a use of the same token at the same time waits here.
    await tx.query('SELECT 1 FROM registration_tokens WHERE token = $1 FOR UPDATE', [hold.token]);
    if (!isUsable(await getRegistrationToken(tx, hold.token), hold.now)) return false;
    await tx.query('UPDATE ui_auth_sessions SET registration_token = $2 WHERE session_id = $1', [
      hold.sessionId,
      hold.token,
    ]);
    return true;
  });
}

/** All registration tokens. */
export async function getRegistrationTokens(db: Queryable): Promise<RegistrationTokenRow[]> {
  return db.query(`${SELECT} ORDER BY t.created_ts, t.token`);
}

/** Sets how often and how long a token can be used. */
export async function updateRegistrationToken(
  db: Queryable,
  token: Pick<RegistrationTokenRow, 'token' | 'usesAllowed' | 'expiresTs'>,
): Promise<void> {
  await db.query('UPDATE registration_tokens SET uses_allowed = $2, expires_ts = $3 WHERE token = $1', [
    token.token,
    token.usesAllowed,
    token.expiresTs,
  ]);
}

/** Removes a token. False when there is none. */
export async function deleteRegistrationToken(db: Queryable, token: string): Promise<boolean> {
  return (await db.query('DELETE FROM registration_tokens WHERE token = $1 RETURNING 1', [token])).length > 0;
}
