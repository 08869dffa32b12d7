import type { Queryable } from '../database.ts';

/** Devices of several users: user id → device ids. */
export async function getDeviceIds(db: Queryable, userIds: string[]): Promise<Map<string, string[]>> {
  const rows = await db.query<{ userId: string; deviceIds: string[] }>(
    `SELECT user_id AS "userId", array_agg(device_id) AS "deviceIds" FROM devices WHERE user_id = ANY($1::text[]) GROUP BY user_id`,
    [userIds],
  );
  return new Map(rows.map((row) => [row.userId, row.deviceIds]));
}
