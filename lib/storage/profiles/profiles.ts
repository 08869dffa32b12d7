import type { Queryable } from '../database.ts';

/** A stored profile. */
export interface ProfileRow {
  userId: string;
  displayName: string | null;
  avatarUrl: string | null;
  /** Further fields: a JSON object as text. */
  fields: string;
}

const COLUMNS = 'user_id AS "userId", display_name AS "displayName", avatar_url AS "avatarUrl", fields';

/** Stored profiles of some users, in no order; users without a row are left out. */
export async function getProfileRows(db: Queryable, userIds: string[]): Promise<ProfileRow[]> {
  return db.query(`SELECT ${COLUMNS} FROM profiles WHERE user_id = ANY($1::text[])`, [userIds]);
}

/** A user's profile for changing it within a transaction; makes an empty one where there is none. */
export async function lockProfileRow(q: Queryable, userId: string): Promise<ProfileRow> {
  await insertProfile(q, userId, null);
  const [row] = await q.query<ProfileRow>(`SELECT ${COLUMNS} FROM profiles WHERE user_id = $1 FOR UPDATE`, [userId]);
  return row as ProfileRow;
}

/** Writes a profile that {@link lockProfileRow} gave. */
export async function updateProfileRow(q: Queryable, row: ProfileRow): Promise<void> {
  await q.query('UPDATE profiles SET display_name = $2, avatar_url = $3, fields = $4 WHERE user_id = $1', [
    row.userId,
    row.displayName,
    row.avatarUrl,
    row.fields,
  ]);
}

/** Makes a profile unless there is one. */
export async function insertProfile(q: Queryable, userId: string, displayName: string | null): Promise<void> {
  await q.query('INSERT INTO profiles (user_id, display_name) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    userId,
    displayName,
  ]);
}

/** Removes a profile. */
export async function deleteProfile(q: Queryable, userId: string): Promise<void> {
  await q.query('DELETE FROM profiles WHERE user_id = $1', [userId]);
}
