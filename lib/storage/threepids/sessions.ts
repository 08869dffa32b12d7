import type { Queryable } from '../database.ts';

/** What a validated address may be used for. */
export type ThreepidPurpose = 'add' | 'register' | 'password';

/** Somebody shows that an address is theirs. */
export interface ThreepidSessionRow {
  sid: string;
  purpose: ThreepidPurpose;
  medium: string;
  address: string;
  clientSecret: string;
  tokenHash: Buffer;
  sendAttempt: number;
  nextLink: string | null;
  createdTs: number;
  /** When the mail was sent last. */
  sentTs: number;
  validatedTs: number | null;
  failures: number;
}

const COLUMNS = `sid, purpose, medium, address, client_secret AS "clientSecret", token_hash AS "tokenHash",
  send_attempt AS "sendAttempt", next_link AS "nextLink", created_ts AS "createdTs", sent_ts AS "sentTs",
  validated_ts AS "validatedTs", failures`;

/**
 * Opens a session, or gives the one of the same purpose, address and secret a new token. Undefined when that one has
 * seen this attempt already or is validated: no mail is to be sent.
 */
export async function openThreepidSession(
  db: Queryable,
  session: Omit<ThreepidSessionRow, 'createdTs' | 'validatedTs' | 'failures'>,
): Promise<string | undefined> {
  const [row] = await db.query<{ sid: string }>(
    `INSERT INTO threepid_sessions AS o
       (sid, purpose, medium, address, client_secret, token_hash, send_attempt, next_link, created_ts, sent_ts)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
     ON CONFLICT (purpose, address, client_secret) DO UPDATE SET token_hash = EXCLUDED.token_hash,
       send_attempt = EXCLUDED.send_attempt, next_link = EXCLUDED.next_link, sent_ts = EXCLUDED.sent_ts, failures = 0
     WHERE o.send_attempt < EXCLUDED.send_attempt AND o.validated_ts IS NULL
     RETURNING sid`,
    [
      session.sid,
      session.purpose,
      session.medium,
      session.address,
      session.clientSecret,
      session.tokenHash,
      session.sendAttempt,
      session.nextLink,
      session.sentTs,
    ],
  );
  return row?.sid;
}

/** The session of a purpose, an address and a secret. */
export async function findThreepidSession(
  db: Queryable,
  key: Pick<ThreepidSessionRow, 'purpose' | 'address' | 'clientSecret'>,
): Promise<string | undefined> {
  const [row] = await db.query<{ sid: string }>(
    'SELECT sid FROM threepid_sessions WHERE purpose = $1 AND address = $2 AND client_secret = $3',
    [key.purpose, key.address, key.clientSecret],
  );
  return row?.sid;
}

/** One session. */
export async function getThreepidSession(db: Queryable, sid: string): Promise<ThreepidSessionRow | undefined> {
  const [row] = await db.query<ThreepidSessionRow>(`SELECT ${COLUMNS} FROM threepid_sessions WHERE sid = $1`, [sid]);
  return row;
}

/** Notes that the address is that of whoever opened the session. */
export async function validateThreepidSession(db: Queryable, sid: string, now: number): Promise<void> {
  await db.query('UPDATE threepid_sessions SET validated_ts = coalesce(validated_ts, $2) WHERE sid = $1', [sid, now]);
}

/** Counts a wrong token. */
export async function countThreepidFailure(db: Queryable, sid: string): Promise<void> {
  await db.query('UPDATE threepid_sessions SET failures = failures + 1 WHERE sid = $1', [sid]);
}

/** Ends a session. False when it had ended already: of two that try, one may go on. */
export async function takeThreepidSession(db: Queryable, sid: string): Promise<boolean> {
  return (await db.query('DELETE FROM threepid_sessions WHERE sid = $1 RETURNING sid', [sid])).length > 0;
}

/** Removes sessions whose last mail was sent before `before`. */
export async function pruneThreepidSessions(db: Queryable, before: number): Promise<void> {
  await db.query('DELETE FROM threepid_sessions WHERE created_ts < $1 AND sent_ts < $1', [before]);
}
