import type { Queryable } from '../database.ts';

/** An account as lists show it. */
export interface ListedUser {
  name: string;
  user_type: string | null;
  is_guest: boolean;
  admin: boolean;
  deactivated: boolean;
  shadow_banned: boolean;
  displayname: string | null;
  avatar_url: string | null;
  creation_ts: number;
  last_seen_ts: number | null;
  erased: boolean;
  locked: boolean;
  suspended: boolean;
  approved: boolean;
}

/** Orders of {@link listUsers}, by the name that the admin API gives them. */
export const USER_ORDERS = {
  name: 'u.user_id',
  is_guest: 'u.is_guest',
  admin: 'u.is_admin',
  user_type: 'u.user_type',
  deactivated: 'u.deactivated_ts IS NOT NULL',
  shadow_banned: 'false',
  displayname: 'p.display_name',
  avatar_url: 'p.avatar_url',
  creation_ts: 'u.created_ts',
  last_seen_ts: 'd.last_seen_ts',
} as const;

export interface UserQuery {
  from: number;
  limit: number;
  order: keyof typeof USER_ORDERS;
  descending: boolean;
  /** Part of the user id or display name. */
  name?: string | undefined;
  /** Part of the user id. */
  userId?: string | undefined;
  guests: boolean;
  /** Null: both. */
  deactivated: boolean | null;
  admins?: boolean | undefined;
  locked: boolean;
}

const TABLES = `users u LEFT JOIN profiles p ON p.user_id = u.user_id
  LEFT JOIN LATERAL (SELECT max(last_seen_ts) AS last_seen_ts FROM devices WHERE user_id = u.user_id) d ON true`;
const COLUMNS = `u.user_id AS name, u.user_type, u.is_guest, u.is_admin AS admin, u.deactivated_ts IS NOT NULL AS deactivated,
  false AS shadow_banned, p.display_name AS displayname, p.avatar_url, u.created_ts AS creation_ts, d.last_seen_ts,
  u.erased, u.locked, u.suspended, true AS approved`;

/** A page of accounts and how many match. */
export async function listUsers(db: Queryable, query: UserQuery): Promise<{ users: ListedUser[]; total: number }> {
  const where = `($1::text IS NULL OR strpos(lower(u.user_id), lower($1)) > 0 OR strpos(lower(p.display_name), lower($1)) > 0)
    AND ($2::text IS NULL OR strpos(lower(u.user_id), lower($2)) > 0) AND ($3 OR NOT u.is_guest)
    AND ($4::boolean IS NULL OR (u.deactivated_ts IS NOT NULL) = $4) AND ($5::boolean IS NULL OR u.is_admin = $5)
    AND ($6 OR NOT u.locked)`;
  const { name, userId, guests, deactivated, admins, locked } = query;
  const params = [name ?? null, userId ?? null, guests, deactivated, admins ?? null, locked];
  const way = query.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST';
  const users = await db.query<ListedUser>(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE ${where}
     ORDER BY ${USER_ORDERS[query.order]} ${way}, u.user_id LIMIT $7 OFFSET $8`,
    [...params, query.limit, query.from],
  );
  const [count] = await db.query<{ total: number }>(
    `SELECT count(*) AS total FROM users u LEFT JOIN profiles p ON p.user_id = u.user_id WHERE ${where}`,
    params,
  );
  return { users, total: count?.total ?? 0 };
}

/** One account. */
export async function getListedUser(db: Queryable, userId: string): Promise<ListedUser | undefined> {
  return (await db.query<ListedUser>(`SELECT ${COLUMNS} FROM ${TABLES} WHERE u.user_id = $1`, [userId]))[0];
}

/** Makes a user an administrator, or no longer. */
export async function setAdmin(db: Queryable, userId: string, isAdmin: boolean): Promise<void> {
  await db.query('UPDATE users SET is_admin = $2 WHERE user_id = $1', [userId, isAdmin]);
}

/** Sets what kind of account it is. */
export async function setUserType(db: Queryable, userId: string, userType: string | null): Promise<void> {
  await db.query('UPDATE users SET user_type = $2 WHERE user_id = $1', [userId, userType]);
}

/** Takes a deactivated account back into use. */
export async function reactivate(db: Queryable, userId: string): Promise<void> {
  await db.query('UPDATE users SET deactivated_ts = NULL, erased = false WHERE user_id = $1', [userId]);
}

/** Rooms of a user by membership. */
export async function getMembershipsOf(
  db: Queryable,
  userId: string,
): Promise<{ roomId: string; membership: string }[]> {
  return db.query(
    `SELECT r.room_id AS "roomId", m.membership FROM memberships m JOIN rooms r ON r.room_nid = m.room_nid
     WHERE m.user_id = $1 AND NOT m.forgotten ORDER BY r.room_id`,
    [userId],
  );
}

/** Uploads of each user. */
export async function getMediaStatistics(
  db: Queryable,
  query: { from: number; limit: number },
): Promise<
  { user_id: string; displayname: string | null; media_count: number; media_length: number; total: number }[]
> {
  return db.query(
    `SELECT m.user_id, p.display_name AS displayname, count(*) AS media_count, sum(m.size) AS media_length,
       count(*) OVER () AS total
     FROM media m LEFT JOIN profiles p ON p.user_id = m.user_id
     WHERE m.user_id IS NOT NULL AND m.blob_key IS NOT NULL GROUP BY 1, 2 ORDER BY 4 DESC, 1 LIMIT $1 OFFSET $2`,
    [query.limit, query.from],
  );
}
