import type { Queryable } from '../database.ts';

/** The features that are switched for a user, by name. */
export async function getFeatures(db: Queryable, userId: string): Promise<Record<string, boolean>> {
  const rows = await db.query<{ feature: string; enabled: boolean }>(
    'SELECT feature, enabled FROM user_features WHERE user_id = $1',
    [userId],
  );
  return Object.fromEntries(rows.map((row) => [row.feature, row.enabled]));
}

/** Switches features of a user. */
export async function setFeatures(db: Queryable, userId: string, features: Record<string, boolean>): Promise<void> {
  await db.query(
    `INSERT INTO user_features (user_id, feature, enabled)
     SELECT $1, f.feature, f.enabled FROM unnest($2::text[], $3::boolean[]) AS f(feature, enabled)
     ON CONFLICT (user_id, feature) DO UPDATE SET enabled = EXCLUDED.enabled`,
    [userId, Object.keys(features), Object.values(features)],
  );
}
