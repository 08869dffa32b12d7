import type { Queryable } from '../database.ts';

/** Deletes what waits for devices, and the transactions that they sent. */
export async function deleteDeviceMessages(db: Queryable, userId: string, deviceIds: string[]): Promise<void> {
  await db.query('DELETE FROM to_device_messages WHERE user_id = $1 AND device_id = ANY($2::text[])', [
    userId,
    deviceIds,
  ]);
  await db.query('DELETE FROM to_device_transactions WHERE user_id = $1 AND device_id = ANY($2::text[])', [
    userId,
    deviceIds,
  ]);
}
