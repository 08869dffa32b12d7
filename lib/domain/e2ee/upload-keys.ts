import { badJson, invalidParam, missingParam, unknownToken } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { signedText } from '../../spec/signing.ts';
import type { Queryable } from '../../storage/database.ts';
import { putPendingDeviceLists } from '../../storage/device-lists/pending.ts';
import { deleteSignaturesOn } from '../../storage/e2ee/cross-signing.ts';
import { lockDevice, putDeviceKeys } from '../../storage/e2ee/device-keys.ts';
import {
  getKeyCounts,
  putFallbackKeys,
  putOneTimeKeys,
  type StoredOneTimeKey,
} from '../../storage/e2ee/one-time-keys.ts';
import type { CacheChangeRow } from '../../storage/streams/cache-changes.ts';
import type { Requester } from '../accounts/requester.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import { KEY_COUNTS } from '../sync/device-key-counts.ts';
import { checkDeviceKeys } from './device-keys.ts';
import { checkFallbackKeys, checkOneTimeKeys } from './one-time-keys.ts';

/** Most one-time keys that a device may leave with the server. */
const MOST_KEYS_OF_A_DEVICE = 10_000;

/** What a device uploads; each part may be missing. */
export interface KeyUpload {
  deviceKeys?: JsonObject | null;
  oneTimeKeys?: JsonObject | null;
  fallbackKeys?: JsonObject | null;
}

/**
 * Publishes keys of a device (client-server API, `POST /keys/upload`). What is there already with the same content is no
 * change: nobody is told of it.
 * @param pathDevice device named in the path, as old clients do.
 * @returns one-time keys that are left, by algorithm.
 * @throws MatrixError 400 M_BAD_JSON, M_INVALID_PARAM where a one-time key is there with other content or the device is
 *   another, M_MISSING_PARAM without a device.
 */
export async function uploadKeys(
  ctx: Context,
  requester: Requester,
  pathDevice: string | undefined,
  upload: KeyUpload,
): Promise<Record<string, number>> {
  const { userId } = requester;
  const deviceId = deviceOf(requester, pathDevice);
  const checked = checkUpload(userId, deviceId, upload);
  if (checked.deviceKeys === undefined && checked.oneTimeKeys.length + checked.fallbackKeys.length === 0) {
    return withDefault((await getKeyCounts(ctx.db, userId, deviceId)).oneTime);
  }
  const stored = await ctx.db.tx((tx) => storeUpload(tx, userId, deviceId, checked, ctx.clock.now()));
  await tellOfUpload(ctx, userId, deviceId, stored);
  return withDefault(stored.counts);
}

/** An upload that is well-formed. */
export interface CheckedUpload {
  /** Canonical JSON. */
  deviceKeys: string | undefined;
  oneTimeKeys: StoredOneTimeKey[];
  fallbackKeys: StoredOneTimeKey[];
}

/**
 * Checks what is uploaded for a device.
 * @throws MatrixError 400 M_BAD_JSON, M_INVALID_PARAM
 */
export function checkUpload(userId: string, deviceId: string, upload: KeyUpload): CheckedUpload {
  const { deviceKeys, oneTimeKeys, fallbackKeys } = upload;
  return {
    deviceKeys: deviceKeys ? checkDeviceKeys(deviceKeys, userId, deviceId) : undefined,
    oneTimeKeys: oneTimeKeys ? checkOneTimeKeys('one_time_keys', oneTimeKeys) : [],
    fallbackKeys: fallbackKeys ? checkFallbackKeys('fallback_keys', fallbackKeys) : [],
  };
}

/** What has come of an upload. */
interface StoredUpload {
  counts: Record<string, number>;
  /** The device has other identity keys than before. */
  listChanged: boolean;
  rows: CacheChangeRow[];
}

/**
 * Stores an upload; the last thing in its transaction. Hand the answer to {@link tellOfUpload} after the commit.
 * @throws MatrixError 401 M_UNKNOWN_TOKEN when the device is gone, 400 M_INVALID_PARAM where a one-time key is there with
 *   other content, M_BAD_JSON for too many.
 */
export async function storeUpload(
  tx: Queryable,
  userId: string,
  deviceId: string,
  upload: CheckedUpload,
  now: number,
): Promise<StoredUpload> {
  if (!(await lockDevice(tx, userId, deviceId))) throw unknownToken('The device of this access token is gone.');
  const { deviceKeys } = upload;
  const listChanged = deviceKeys !== undefined && (await changeDeviceKeys(tx, userId, deviceId, deviceKeys));
  if (listChanged) await putPendingDeviceLists(tx, [{ userId, seenBy: null }], now);
  const { added, conflict } = await putOneTimeKeys(tx, userId, deviceId, upload.oneTimeKeys);
  // Clients look for these words: the upload whose answer they missed has come through.
  if (conflict !== null) throw invalidParam(`One time key ${conflict} already exists with other content.`);
  const replaced = await putFallbackKeys(tx, userId, deviceId, upload.fallbackKeys);
  const counts = (await getKeyCounts(tx, userId, deviceId)).oneTime;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total > MOST_KEYS_OF_A_DEVICE) throw badJson(`A device may have ${MOST_KEYS_OF_A_DEVICE} one-time keys.`);
  const rows = added + replaced > 0 ? await noteCacheChanges(tx, KEY_COUNTS, [userId]) : [];
  return { counts, listChanged, rows };
}

/** Tells syncs and other users of an upload. */
export async function tellOfUpload(
  ctx: Context,
  userId: string,
  deviceId: string,
  { listChanged, rows }: StoredUpload,
): Promise<void> {
  await publishCacheChanges(ctx, rows);
  if (listChanged) await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: [deviceId] });
}

function deviceOf(requester: Requester, pathDevice: string | undefined): string {
  const deviceId = requester.deviceId ?? pathDevice;
  if (deviceId === undefined) throw missingParam('An access token of a device is needed to upload keys.');
  if (pathDevice !== undefined && pathDevice !== deviceId) {
    throw invalidParam('The device in the path is not the one whose access token this is.');
  }
  return deviceId;
}

/** Stores identity keys. True when they are others than before. */
async function changeDeviceKeys(tx: Queryable, userId: string, deviceId: string, json: string): Promise<boolean> {
  const old = await putDeviceKeys(tx, userId, deviceId, json);
  if (old === json) return false;
  // Cross-signatures cover all but the signatures.
  if (old !== undefined && signedText(JSON.parse(old)) !== signedText(JSON.parse(json))) {
    await deleteSignaturesOn(tx, userId, [deviceId]);
  }
  return true;
}

/** Clients expect the count of this algorithm to be there even when it is zero. */
function withDefault(counts: Record<string, number>): Record<string, number> {
  return { signed_curve25519: 0, ...counts };
}
