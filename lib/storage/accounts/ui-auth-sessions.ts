import type { Queryable } from '../database.ts';

/** A session of user-interactive authentication. */
export interface UiAuthSessionRow {
  sessionId: string;
  method: string;
  path: string;
  /** Whose operation it is; null before there is an account. */
  userId: string | null;
  /** A JSON object as text. */
  params: string;
  completed: string[];
  registeredUserId: string | null;
}

const COLUMNS = `session_id AS "sessionId", method, path, user_id AS "userId", params, completed,
  registered_user_id AS "registeredUserId"`;

/** Opens a session. */
export async function insertUiAuthSession(
  db: Queryable,
  session: Pick<UiAuthSessionRow, 'sessionId' | 'method' | 'path' | 'userId' | 'params'> & { createdTs: number },
): Promise<void> {
  await db.query(
    `INSERT INTO ui_auth_sessions (session_id, created_ts, method, path, user_id, params)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [session.sessionId, session.createdTs, session.method, session.path, session.userId, session.params],
  );
}

/** A session that was opened after `since`. */
export async function getUiAuthSession(
  db: Queryable,
  sessionId: string,
  since: number,
): Promise<UiAuthSessionRow | undefined> {
  const [row] = await db.query<UiAuthSessionRow>(
    `SELECT ${COLUMNS} FROM ui_auth_sessions WHERE session_id = $1 AND created_ts > $2`,
    [sessionId, since],
  );
  return row;
}

/** Notes that a stage is completed. Returns all that are. */
export async function completeUiAuthStage(db: Queryable, sessionId: string, stage: string): Promise<string[]> {
  const [row] = await db.query<{ completed: string[] }>(
    `UPDATE ui_auth_sessions SET completed = CASE WHEN $2 = ANY(completed) THEN completed ELSE completed || $2 END
     WHERE session_id = $1 RETURNING completed`,
    [sessionId, stage],
  );
  return row?.completed ?? [];
}

/** Replaces what a session remembers of the request. */
export async function setUiAuthParams(db: Queryable, sessionId: string, params: string): Promise<void> {
  await db.query('UPDATE ui_auth_sessions SET params = $2 WHERE session_id = $1', [sessionId, params]);
}

/** Ends a session. False when it had ended already: of two that try, one may go on. */
export async function takeUiAuthSession(db: Queryable, sessionId: string): Promise<boolean> {
  const rows = await db.query('DELETE FROM ui_auth_sessions WHERE session_id = $1 RETURNING session_id', [sessionId]);
  return rows.length > 0;
}

/** Notes the account that a session has made, and counts the use of its registration token. */
export async function setRegisteredUser(db: Queryable, sessionId: string, userId: string): Promise<void> {
  await db.query(
    `WITH done AS (
       UPDATE ui_auth_sessions s SET registered_user_id = $2, registration_token = NULL
       FROM (SELECT session_id, registration_token FROM ui_auth_sessions WHERE session_id = $1 FOR UPDATE) AS before
       WHERE s.session_id = before.session_id RETURNING before.registration_token)
     UPDATE registration_tokens t SET completed = t.completed + 1 FROM done WHERE t.token = done.registration_token`,
    [sessionId, userId],
  );
}

/** Removes sessions that were opened before `before`. */
export async function pruneUiAuthSessions(db: Queryable, before: number): Promise<void> {
  await db.query('DELETE FROM ui_auth_sessions WHERE created_ts < $1', [before]);
}
