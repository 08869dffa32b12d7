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
  shadow_banned: 'u.shadow_banned',
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
  /** Part of the localpart or display name. */
  name?: string | undefined;
  /** Part of the user id. */
  userId?: string | undefined;
  guests: boolean;
  /** Undefined: both. */
  deactivated?: boolean | undefined;
  admins?: boolean | undefined;
  locked: boolean;
  /** Kinds of account to leave out; an empty text means those without a kind. */
  notUserTypes?: string[];
}

const TABLES = `users u LEFT JOIN profiles p ON p.user_id = u.user_id
  LEFT JOIN LATERAL (SELECT max(last_seen_ts) AS last_seen_ts FROM devices WHERE user_id = u.user_id) d ON true`;
const COLUMNS = `u.user_id AS name, u.user_type, u.is_guest, u.is_admin AS admin, u.deactivated_ts IS NOT NULL AS deactivated,
  u.shadow_banned, p.display_name AS displayname, p.avatar_url, u.created_ts AS creation_ts, d.last_seen_ts,
  u.erased, u.locked, u.suspended, true AS approved`;

/** A page of accounts and how many match. */
export async function listUsers(db: Queryable, query: UserQuery): Promise<{ users: ListedUser[]; total: number }> {
  const where = `($1::text IS NULL OR strpos(split_part(lower(u.user_id), ':', 1), lower($1)) > 0
      OR strpos(lower(p.display_name), lower($1)) > 0)
    AND ($2::text IS NULL OR strpos(lower(u.user_id), lower($2)) > 0) AND ($3 OR NOT u.is_guest)
    AND ($4::boolean IS NULL OR (u.deactivated_ts IS NOT NULL) = $4) AND ($5::boolean IS NULL OR u.is_admin = $5)
    AND ($6 OR NOT u.locked) AND coalesce(u.user_type, '') <> ALL($7::text[])`;
  const { name, userId, guests, deactivated, admins, locked, notUserTypes = [] } = query;
  const params = [name ?? null, userId ?? null, guests, deactivated ?? null, admins ?? null, locked, notUserTypes];
  const way = query.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST';
  const users = await db.query<ListedUser>(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE ${where}
     ORDER BY ${USER_ORDERS[query.order]} ${way}, u.user_id LIMIT $8 OFFSET $9`,
    [...params, query.limit, query.from],
  );
  const [count] = await db.query<{ total: number }>(
    `SELECT count(*) AS total FROM users u LEFT JOIN profiles p ON p.user_id = u.user_id WHERE ${where}`,
    params,
  );
  return { users, total: count?.total ?? 0 };
}

/** One account, with what only its own page shows. */
export async function getListedUser(
  db: Queryable,
  userId: string,
): Promise<(ListedUser & { appservice_id: string | null }) | undefined> {
  const [row] = await db.query<ListedUser & { appservice_id: string | null }>(
    `SELECT ${COLUMNS}, u.appservice_id FROM ${TABLES} WHERE u.user_id = $1`,
    [userId],
  );
  return row;
}

/** Accounts whose user id or display name holds a text, in order; at most 100. */
export async function searchUsers(
  db: Queryable,
  term: string,
): Promise<Pick<ListedUser, 'name' | 'is_guest' | 'admin' | 'user_type'>[]> {
  return db.query(
    `SELECT u.user_id AS name, u.is_guest, u.is_admin AS admin, u.user_type FROM users u
     LEFT JOIN profiles p ON p.user_id = u.user_id
     WHERE strpos(lower(u.user_id), lower($1)) > 0 OR strpos(lower(p.display_name), lower($1)) > 0
     ORDER BY u.user_id LIMIT 100`,
    [term],
  );
}

/** Makes a user an administrator, or no longer. */
export async function setAdmin(db: Queryable, userId: string, isAdmin: boolean): Promise<void> {
  await db.query('UPDATE users SET is_admin = $2 WHERE user_id = $1', [userId, isAdmin]);
}

/** Shadow-bans a user, or no longer. */
export async function setShadowBanned(db: Queryable, userId: string, banned: boolean): Promise<void> {
  await db.query('UPDATE users SET shadow_banned = $2 WHERE user_id = $1', [userId, banned]);
}

/** Sets what kind of account it is. */
export async function setUserType(db: Queryable, userId: string, userType: string | null): Promise<void> {
  await db.query('UPDATE users SET user_type = $2 WHERE user_id = $1', [userId, userType]);
}

/** Sets when an account ends (null: never). */
export async function setExpiry(db: Queryable, userId: string, expiresTs: number | null): Promise<void> {
  await db.query('UPDATE users SET expires_ts = $2 WHERE user_id = $1', [userId, expiresTs]);
}

/** Takes a deactivated account back into use. */
export async function reactivate(db: Queryable, userId: string): Promise<void> {
  await db.query('UPDATE users SET deactivated_ts = NULL, erased = false WHERE user_id = $1', [userId]);
  await db.query('DELETE FROM pending_partings WHERE user_id = $1', [userId]);
}

/** Rooms of a user by membership. */
export async function getMembershipsOf(
  db: Queryable,
  userId: string,
): Promise<{ roomId: string; membership: string }[]> {
  return db.query(
    `SELECT r.room_id AS "roomId", m.membership FROM memberships m JOIN rooms r ON r.room_nid = m.room_nid
     WHERE m.user_id = $1 ORDER BY r.room_id`,
    [userId],
  );
}

/** How many invites a user has sent since a moment. */
export async function countInvites(db: Queryable, userId: string, since: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `SELECT count(*) AS count FROM events e WHERE e.sender = $1 AND e.type = 'm.room.member' AND e.origin_server_ts >= $2
       AND e.flags = 0 AND e.state_key <> e.sender AND e.json::json->'content'->>'membership' = 'invite'`,
    [userId, since],
  );
  return row?.count ?? 0;
}

/** How many rooms a user has joined since a moment, left or not. */
export async function countJoinedRooms(db: Queryable, userId: string, since: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `SELECT count(DISTINCT c.room_nid) AS count FROM membership_changes c JOIN events e ON e.event_nid = c.event_nid
     WHERE c.user_id = $1 AND c.membership = 'join' AND c.previous IS DISTINCT FROM 'join' AND e.origin_server_ts >= $2`,
    [userId, since],
  );
  return row?.count ?? 0;
}
