import type { Queryable } from '../database.ts';

/** A local account. */
export interface UserRow {
  userId: string;
  createdTs: number;
  passwordHash: string | null;
  isAdmin: boolean;
  isGuest: boolean;
  userType: string | null;
  appserviceId: string | null;
  locked: boolean;
  suspended: boolean;
  shadowBanned: boolean;
  /** Milliseconds; null while the account is in use. */
  deactivatedTs: number | null;
  erased: boolean;
}

const COLUMNS = `user_id AS "userId", created_ts AS "createdTs", password_hash AS "passwordHash", is_admin AS "isAdmin",
  is_guest AS "isGuest", user_type AS "userType", appservice_id AS "appserviceId", locked, suspended, shadow_banned AS "shadowBanned",
  deactivated_ts AS "deactivatedTs", erased`;

/** What {@link insertUser} takes. */
export type NewUserRow = Pick<
  UserRow,
  'userId' | 'createdTs' | 'passwordHash' | 'isAdmin' | 'isGuest' | 'userType' | 'appserviceId'
>;

/** Adds an account. False when the user id is taken. */
export async function insertUser(db: Queryable, user: NewUserRow): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO users (user_id, created_ts, password_hash, is_admin, is_guest, user_type, appservice_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING user_id`,
    [user.userId, user.createdTs, user.passwordHash, user.isAdmin, user.isGuest, user.userType, user.appserviceId],
  );
  return rows.length > 0;
}

/** The account with exactly this user id. */
export async function getUser(db: Queryable, userId: string): Promise<UserRow | undefined> {
  const [row] = await db.query<UserRow>(`SELECT ${COLUMNS} FROM users WHERE user_id = $1`, [userId]);
  return row;
}

/** Accounts with this user id, whatever the case of its letters. */
export async function getUsersOfAnyCase(db: Queryable, userId: string): Promise<UserRow[]> {
  return db.query(`SELECT ${COLUMNS} FROM users WHERE lower(user_id) = lower($1)`, [userId]);
}

/** A number that no generated localpart has had. */
export async function takeGeneratedLocalpart(db: Queryable): Promise<string> {
  const [row] = await db.query<{ number: number }>(`SELECT nextval('generated_localparts') AS number`);
  return String(row?.number);
}

/** Sets or (null) removes the password. */
export async function setPasswordHash(db: Queryable, userId: string, passwordHash: string | null): Promise<void> {
  await db.query('UPDATE users SET password_hash = $2 WHERE user_id = $1', [userId, passwordHash]);
}

/** Makes a guest an ordinary user with a password (null: none works). False when it is no guest. */
export async function upgradeGuest(db: Queryable, userId: string, passwordHash: string | null): Promise<boolean> {
  const rows = await db.query(
    'UPDATE users SET is_guest = false, password_hash = $2 WHERE user_id = $1 AND is_guest RETURNING user_id',
    [userId, passwordHash],
  );
  return rows.length > 0;
}

/** Ends an account. The password is gone after it. */
export async function markDeactivated(
  db: Queryable,
  userId: string,
  change: { ts: number; erase: boolean },
): Promise<void> {
  await db.query(
    `UPDATE users SET deactivated_ts = COALESCE(deactivated_ts, $2), erased = erased OR $3, password_hash = NULL
     WHERE user_id = $1`,
    [userId, change.ts, change.erase],
  );
}

/** Locks or suspends an account, or lifts that. What is absent is left. */
export async function setRestrictions(
  db: Queryable,
  userId: string,
  change: { locked?: boolean; suspended?: boolean },
): Promise<void> {
  await db.query(
    'UPDATE users SET locked = COALESCE($2, locked), suspended = COALESCE($3, suspended) WHERE user_id = $1',
    [userId, change.locked ?? null, change.suspended ?? null],
  );
}

/** Lets a user replace the cross-signing master key without authenticating until then, in milliseconds. */
export async function allowKeyReplacementUntil(db: Queryable, userId: string, until: number): Promise<void> {
  await db.query('UPDATE users SET keys_replaceable_until = $2 WHERE user_id = $1', [userId, until]);
}

/** Until when the cross-signing master key may be replaced without authenticating; null where it may not. */
export async function getKeyReplacementEnd(db: Queryable, userId: string): Promise<number | null> {
  const [row] = await db.query<{ until: number | null }>(
    'SELECT keys_replaceable_until AS until FROM users WHERE user_id = $1',
    [userId],
  );
  return row?.until ?? null;
}
