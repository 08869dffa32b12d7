import { textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A device of another server's user. */
export interface RemoteDevice {
  userId: string;
  deviceId: string;
  /** Identity keys as JSON text. */
  json: string | null;
  displayName: string | null;
}

/** How much of a device list is known. */
export interface RemoteDeviceList {
  streamId: number;
  seen: number[];
  stale: boolean;
}

/** Of these users those who are in a room with a user of this server. */
export async function getUsersInSharedRooms(db: Queryable, userIds: readonly string[]): Promise<Set<string>> {
  if (userIds.length === 0) return new Set();
  const rows = await db.query<{ userId: string }>(
    `SELECT u.user_id AS "userId" FROM unnest($1::text[]) AS u(user_id) WHERE EXISTS (
       SELECT 1 FROM memberships m JOIN memberships l ON l.room_nid = m.room_nid AND l.local AND l.membership = 'join'
       WHERE m.user_id = u.user_id AND m.membership = 'join')`,
    [textArray(userIds)],
  );
  return new Set(rows.map((row) => row.userId));
}

/**
 * Of these users those whose stored device list is what their server would tell: nothing was missed, and a room has been
 * shared ever since it was fetched.
 */
export async function getUsersWithFreshLists(db: Queryable, userIds: readonly string[]): Promise<Set<string>> {
  if (userIds.length === 0) return new Set();
  const rows = await db.query<{ userId: string }>(
    `SELECT d.user_id AS "userId" FROM remote_device_lists d
     WHERE d.user_id = ANY($1::text[]) AND NOT d.stale AND EXISTS (
       SELECT 1 FROM memberships m JOIN memberships l ON l.room_nid = m.room_nid AND l.local AND l.membership = 'join'
         AND l.position <= d.events_position
       WHERE m.user_id = d.user_id AND m.membership = 'join' AND m.position <= d.events_position)`,
    [textArray(userIds)],
  );
  return new Set(rows.map((row) => row.userId));
}

/** The device list of a user, locked until the end of the transaction; undefined when none is stored. */
export async function lockRemoteDeviceList(tx: Queryable, userId: string): Promise<RemoteDeviceList | undefined> {
  const [row] = await tx.query<RemoteDeviceList>(
    'SELECT stream_id AS "streamId", seen, stale FROM remote_device_lists WHERE user_id = $1 FOR UPDATE',
    [userId],
  );
  return row;
}

/** Notes updates that are in a list by now. */
export async function putSeenUpdates(tx: Queryable, userId: string, seen: readonly number[]): Promise<void> {
  await tx.query('UPDATE remote_device_lists SET seen = $2::bigint[] WHERE user_id = $1', [userId, seen]);
}

/** Notes that an update of a list was missed. */
export async function markListStale(db: Queryable, userId: string): Promise<void> {
  await db.query('UPDATE remote_device_lists SET stale = true WHERE user_id = $1', [userId]);
}

/** Puts a whole device list in place of what was stored. */
export async function replaceRemoteDevices(
  tx: Queryable,
  list: { userId: string; streamId: number; eventsPosition: number },
  devices: readonly RemoteDevice[],
): Promise<void> {
  await tx.query(
    `INSERT INTO remote_device_lists (user_id, stream_id, events_position) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET stream_id = EXCLUDED.stream_id, seen = '{}', stale = false,
       events_position = EXCLUDED.events_position`,
    [list.userId, list.streamId, list.eventsPosition],
  );
  await tx.query('DELETE FROM remote_devices WHERE user_id = $1', [list.userId]);
  await putRemoteDevices(tx, devices);
}

/** Stores devices in place of those with the same id. */
export async function putRemoteDevices(tx: Queryable, devices: readonly RemoteDevice[]): Promise<void> {
  if (devices.length === 0) return;
  await tx.query(
    `INSERT INTO remote_devices (user_id, device_id, json, display_name)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
     ON CONFLICT (user_id, device_id) DO UPDATE SET json = EXCLUDED.json, display_name = EXCLUDED.display_name`,
    [
      textArray(devices.map((device) => device.userId)),
      textArray(devices.map((device) => device.deviceId)),
      textArray(devices.map((device) => device.json)),
      textArray(devices.map((device) => device.displayName)),
    ],
  );
}

/** Deletes a device. */
export async function deleteRemoteDevice(tx: Queryable, userId: string, deviceId: string): Promise<void> {
  await tx.query('DELETE FROM remote_devices WHERE user_id = $1 AND device_id = $2', [userId, deviceId]);
}

/** All devices of some users. */
export async function getRemoteDevices(db: Queryable, userIds: readonly string[]): Promise<RemoteDevice[]> {
  if (userIds.length === 0) return [];
  return db.query(
    `SELECT user_id AS "userId", device_id AS "deviceId", json, display_name AS "displayName" FROM remote_devices
     WHERE user_id = ANY($1::text[])`,
    [textArray(userIds)],
  );
}
