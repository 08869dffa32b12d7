import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A device as its user sees it. */
export interface DeviceRow {
  deviceId: string;
  displayName: string | null;
  lastSeenTs: number | null;
  lastSeenIp: string | null;
  lastSeenUserAgent: string | null;
}

const COLUMNS = `device_id AS "deviceId", display_name AS "displayName", last_seen_ts AS "lastSeenTs",
  last_seen_ip AS "lastSeenIp", last_seen_user_agent AS "lastSeenUserAgent"`;

/** All devices of a user, the oldest first. */
export async function getDevices(db: Queryable, userId: string): Promise<DeviceRow[]> {
  return db.query(`SELECT ${COLUMNS} FROM devices WHERE user_id = $1 ORDER BY created_ts, device_id`, [userId]);
}

/** One device of a user. */
export async function getDevice(db: Queryable, userId: string, deviceId: string): Promise<DeviceRow | undefined> {
  const [row] = await db.query<DeviceRow>(`SELECT ${COLUMNS} FROM devices WHERE user_id = $1 AND device_id = $2`, [
    userId,
    deviceId,
  ]);
  return row;
}

/** Gives a device another name. False when the user has no such device. */
export async function renameDevice(db: Queryable, userId: string, deviceId: string, name: string): Promise<boolean> {
  const rows = await db.query(
    'UPDATE devices SET display_name = $3 WHERE user_id = $1 AND device_id = $2 RETURNING device_id',
    [userId, deviceId, name],
  );
  return rows.length > 0;
}

/** Adds a device without a session. False when it was there already; its name is then left. */
export async function insertDevice(
  db: Queryable,
  device: { userId: string; deviceId: string; displayName: string | null; createdTs: number },
): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO devices (user_id, device_id, display_name, created_ts) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING device_id`,
    [device.userId, device.deviceId, device.displayName, device.createdTs],
  );
  return rows.length > 0;
}

/**
 * Deletes devices and their tokens; needs a transaction. The device rows go first: a login on the same device that is
 * under way is waited for, and what it has added is seen by the statements after.
 *
 * @returns the devices that were there.
 */
export async function deleteDeviceRows(tx: Queryable, userId: string, deviceIds: string[]): Promise<string[]> {
  const rows = await tx.query<{ deviceId: string }>(
    'DELETE FROM devices WHERE user_id = $1 AND device_id = ANY($2::text[]) RETURNING device_id AS "deviceId"',
    [userId, deviceIds],
  );
  await tx.query('DELETE FROM access_tokens WHERE user_id = $1 AND device_id = ANY($2::text[])', [userId, deviceIds]);
  await tx.query('DELETE FROM refresh_tokens WHERE user_id = $1 AND device_id = ANY($2::text[])', [userId, deviceIds]);
  return rows.map((row) => row.deviceId);
}

/** When and from where a device was seen. */
export interface DeviceSighting {
  userId: string;
  deviceId: string;
  ts: number;
  ip: string;
  userAgent: string;
}

/** Notes when devices were last seen. */
export async function touchDevices(db: Queryable, sightings: DeviceSighting[]): Promise<void> {
  await db.query(
    `UPDATE devices d SET last_seen_ts = s.ts, last_seen_ip = s.ip, last_seen_user_agent = s.agent
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[]) AS s(user_id, device_id, ts, ip, agent)
     WHERE d.user_id = s.user_id AND d.device_id = s.device_id`,
    [
      textArray(sightings.map((s) => s.userId)),
      textArray(sightings.map((s) => s.deviceId)),
      numberArray(sightings.map((s) => s.ts)),
      textArray(sightings.map((s) => s.ip)),
      textArray(sightings.map((s) => s.userAgent)),
    ],
  );
}
