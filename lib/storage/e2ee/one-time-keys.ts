import type { Queryable } from '../database.ts';

/** What a device has left: one-time keys by algorithm, and algorithms whose fallback key is unused. */
export interface KeyCounts {
  oneTime: Record<string, number>;
  unusedFallback: string[];
}

/** Counts a device's one-time keys and lists its unused fallback keys. */
export async function getKeyCounts(db: Queryable, userId: string, deviceId: string): Promise<KeyCounts> {
  const rows = await db.query<{ algorithm: string; count: number | null }>(
    `SELECT algorithm, count(*) AS count FROM one_time_keys WHERE user_id = $1 AND device_id = $2 GROUP BY algorithm
     UNION ALL
     SELECT algorithm, NULL FROM fallback_keys WHERE user_id = $1 AND device_id = $2 AND NOT used`,
    [userId, deviceId],
  );
  const counts: KeyCounts = { oneTime: {}, unusedFallback: [] };
  for (const { algorithm, count } of rows) {
    if (count === null) counts.unusedFallback.push(algorithm);
    else counts.oneTime[algorithm] = count;
  }
  return counts;
}
