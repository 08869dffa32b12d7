import type { Queryable } from '../database.ts';

/** A device's identity keys. */
export interface StoredDeviceKeys {
  userId: string;
  deviceId: string;
  /** Canonical JSON as uploaded, without `unsigned`. */
  json: string;
  /** Name of the device. */
  displayName: string | null;
}

/**
 * Holds a device until the end of the transaction: its uploads take turns, and it isn't deleted meanwhile. False when
 * there is no such device.
 */
export async function lockDevice(tx: Queryable, userId: string, deviceId: string): Promise<boolean> {
  const rows = await tx.query('SELECT 1 FROM devices WHERE user_id = $1 AND device_id = $2 FOR NO KEY UPDATE', [
    userId,
    deviceId,
  ]);
  return rows.length > 0;
}

/** Stores a device's identity keys; the device is locked. Returns what was there before. */
export async function putDeviceKeys(
  tx: Queryable,
  userId: string,
  deviceId: string,
  json: string,
): Promise<string | undefined> {
  const [row] = await tx.query<{ json: string }>(
    `WITH old AS (
       SELECT json FROM device_keys WHERE user_id = $1 AND device_id = $2
     ), put AS (
       INSERT INTO device_keys (user_id, device_id, json) VALUES ($1, $2, $3)
       ON CONFLICT (user_id, device_id) DO UPDATE SET json = EXCLUDED.json WHERE device_keys.json <> EXCLUDED.json
     ) SELECT json FROM old`,
    [userId, deviceId, json],
  );
  return row?.json;
}

/** Identity keys of all devices of some users. */
export async function getDeviceKeys(db: Queryable, userIds: string[]): Promise<StoredDeviceKeys[]> {
  return db.query(
    `SELECT k.user_id AS "userId", k.device_id AS "deviceId", k.json, d.display_name AS "displayName"
     FROM device_keys k JOIN devices d ON d.user_id = k.user_id AND d.device_id = k.device_id
     WHERE k.user_id = ANY($1::text[])`,
    [userIds],
  );
}

/** Deletes all keys of devices, with the signatures that they made and those on them. */
export async function deleteDeviceKeys(tx: Queryable, userId: string, deviceIds: string[]): Promise<void> {
  const params = [userId, deviceIds];
  const where = 'WHERE user_id = $1 AND device_id = ANY($2::text[])';
  await tx.query(`DELETE FROM device_keys ${where}`, params);
  await tx.query(`DELETE FROM one_time_keys ${where}`, params);
  await tx.query(`DELETE FROM fallback_keys ${where}`, params);
  await tx.query(`DELETE FROM dehydrated_devices ${where}`, params);
  await tx.query('DELETE FROM key_signatures WHERE target_user_id = $1 AND target = ANY($2::text[])', params);
  await tx.query(
    `DELETE FROM key_signatures WHERE signer_user_id = $1
       AND key_id = ANY(ARRAY(SELECT 'ed25519:' || id FROM unnest($2::text[]) AS id))`,
    params,
  );
}
