import type { Queryable } from '../database.ts';

/** A user's dehydrated device. */
export interface StoredDehydratedDevice {
  deviceId: string;
  /** JSON. */
  deviceData: string;
}

/** A user's dehydrated device, if there is one. */
export async function getDehydratedDevice(db: Queryable, userId: string): Promise<StoredDehydratedDevice | undefined> {
  const [row] = await db.query<StoredDehydratedDevice>(
    'SELECT device_id AS "deviceId", device_data AS "deviceData" FROM dehydrated_devices WHERE user_id = $1',
    [userId],
  );
  return row;
}

/** Stores a user's dehydrated device in place of the one before. */
export async function putDehydratedDevice(
  tx: Queryable,
  userId: string,
  device: StoredDehydratedDevice,
): Promise<void> {
  await tx.query(
    `INSERT INTO dehydrated_devices (user_id, device_id, device_data) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET device_id = EXCLUDED.device_id, device_data = EXCLUDED.device_data`,
    [userId, device.deviceId, device.deviceData],
  );
}
