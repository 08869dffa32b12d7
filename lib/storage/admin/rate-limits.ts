import type { Queryable } from '../database.ts';

/** A user's own limit of messages; both 0 for none. */
export interface RateLimitOverride {
  perSecond: number;
  burstCount: number;
}

/** The override of a user; undefined where the configured limit counts. */
export async function getRateLimitOverride(db: Queryable, userId: string): Promise<RateLimitOverride | undefined> {
  const [row] = await db.query<RateLimitOverride>(
    'SELECT per_second AS "perSecond", burst_count AS "burstCount" FROM rate_limit_overrides WHERE user_id = $1',
    [userId],
  );
  return row;
}

/** Sets or (undefined) removes the override of a user. */
export async function setRateLimitOverride(
  db: Queryable,
  userId: string,
  override: RateLimitOverride | undefined,
): Promise<void> {
  if (!override) {
    await db.query('DELETE FROM rate_limit_overrides WHERE user_id = $1', [userId]);
    return;
  }
  await db.query(
    `INSERT INTO rate_limit_overrides (user_id, per_second, burst_count) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET per_second = EXCLUDED.per_second, burst_count = EXCLUDED.burst_count`,
    [userId, override.perSecond, override.burstCount],
  );
}
