import type { Queryable } from '../database.ts';

/** A pusher as its user made it. */
export interface PusherRow {
  userId: string;
  appId: string;
  pushkey: string;
  kind: 'http' | 'email';
  appDisplayName: string;
  deviceDisplayName: string;
  profileTag: string;
  lang: string;
  /** A JSON object as text. */
  data: string;
  enabled: boolean;
  /** The device that made it; null for an application service. */
  deviceId: string | null;
  /** Milliseconds. */
  createdTs: number;
}

/** The columns of a {@link PusherRow}; the pusher is `p`. */
export const PUSHER_COLUMNS = `p.user_id AS "userId", p.app_id AS "appId", p.pushkey, p.kind,
  p.app_display_name AS "appDisplayName", p.device_display_name AS "deviceDisplayName",
  p.profile_tag AS "profileTag", p.lang, p.data, p.enabled, p.device_id AS "deviceId", p.created_ts AS "createdTs"`;

/** A user's pushers, the oldest first. */
export async function getPushers(db: Queryable, userId: string): Promise<PusherRow[]> {
  return db.query(`SELECT ${PUSHER_COLUMNS} FROM pushers p WHERE p.user_id = $1 ORDER BY p.pusher_id`, [userId]);
}

/**
 * Stores a pusher, in the place of the user's one of the same app and pushkey. What waits for it is tried again at once.
 * @param gateway host and port that it pushes to.
 */
export async function putPusher(db: Queryable, pusher: PusherRow, gateway: string): Promise<void> {
  await db.query(
    `INSERT INTO pushers AS o (user_id, app_id, pushkey, kind, app_display_name, device_display_name, profile_tag, lang,
       data, gateway, enabled, device_id, created_ts, since_position)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       (SELECT position FROM stream_positions WHERE stream = 'events'))
     ON CONFLICT (app_id, pushkey, user_id) DO UPDATE SET kind = EXCLUDED.kind,
       app_display_name = EXCLUDED.app_display_name, device_display_name = EXCLUDED.device_display_name,
       profile_tag = EXCLUDED.profile_tag, lang = EXCLUDED.lang, data = EXCLUDED.data, gateway = EXCLUDED.gateway,
       enabled = EXCLUDED.enabled, device_id = EXCLUDED.device_id, created_ts = EXCLUDED.created_ts, failures = 0,
       due_ts = CASE WHEN o.due_ts IS NULL THEN NULL ELSE EXCLUDED.created_ts END`,
    [
      pusher.userId,
      pusher.appId,
      pusher.pushkey,
      pusher.kind,
      pusher.appDisplayName,
      pusher.deviceDisplayName,
      pusher.profileTag,
      pusher.lang,
      pusher.data,
      gateway,
      pusher.enabled,
      pusher.deviceId,
      pusher.createdTs,
    ],
  );
}

/** Removes a user's pusher; nothing happens when there is none. */
export async function deletePusher(db: Queryable, userId: string, appId: string, pushkey: string): Promise<void> {
  await db.query('DELETE FROM pushers WHERE user_id = $1 AND app_id = $2 AND pushkey = $3', [userId, appId, pushkey]);
}

/** Removes everybody else's pushers of the same app and pushkey: the device has changed hands. */
export async function deleteOthersPushers(
  db: Queryable,
  userId: string,
  appId: string,
  pushkey: string,
): Promise<void> {
  await db.query('DELETE FROM pushers WHERE app_id = $2 AND pushkey = $3 AND user_id <> $1', [userId, appId, pushkey]);
}

/** Removes the pushers that some devices of a user made. */
export async function deleteDevicePushers(db: Queryable, userId: string, deviceIds: string[]): Promise<void> {
  await db.query('DELETE FROM pushers WHERE user_id = $1 AND device_id = ANY($2::text[])', [userId, deviceIds]);
}

/** Removes all pushers of a user. */
export async function deleteUserPushers(db: Queryable, userId: string): Promise<void> {
  await db.query('DELETE FROM pushers WHERE user_id = $1', [userId]);
}

/** Removes a user's pushers that mail to an address. */
export async function deleteEmailPushers(db: Queryable, userId: string, address: string): Promise<void> {
  await db.query(`DELETE FROM pushers WHERE user_id = $1 AND kind = 'email' AND pushkey = $2`, [userId, address]);
}
