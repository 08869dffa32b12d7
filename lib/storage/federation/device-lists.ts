import type { Queryable } from '../database.ts';

/** Position of a user's last change of devices or keys; 0 when there was none. */
export async function getDeviceListPosition(db: Queryable, userId: string): Promise<number> {
  const [row] = await db.query<{ position: number }>('SELECT position FROM device_list_changes WHERE user_id = $1', [
    userId,
  ]);
  return row?.position ?? 0;
}
