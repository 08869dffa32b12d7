import { forbidden, invalidParam, notFound } from '../../spec/errors.ts';
import { isDeviceId } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import { insertDevice } from '../../storage/accounts/devices.ts';
import { lockUser } from '../../storage/e2ee/cross-signing.ts';
import {
  getDehydratedDevice,
  putDehydratedDevice,
  type StoredDehydratedDevice,
} from '../../storage/e2ee/dehydrated-devices.ts';
import { getToDeviceMessages } from '../../storage/to-device/to-device.ts';
import { LONGEST_DEVICE_NAME } from '../accounts/create-session.ts';
import { deleteDevices } from '../accounts/delete-devices.ts';
import type { Context } from '../context.ts';
import { checkUpload, type KeyUpload, storeUpload, tellOfUpload } from './upload-keys.ts';

const EVENTS_PAGE = 100;

/** A dehydrated device as a client uploads it. */
export interface NewDehydratedDevice {
  deviceId: string;
  deviceData: JsonObject;
  displayName: string | undefined;
  keys: KeyUpload;
}

/**
 * Stores a user's dehydrated device (MSC3814) with its keys, in place of the one before, which is deleted.
 * @throws MatrixError 400 M_INVALID_PARAM when the id is no id or that of an ordinary device, M_BAD_JSON
 */
export async function storeDehydratedDevice(ctx: Context, userId: string, device: NewDehydratedDevice): Promise<void> {
  const { deviceId } = device;
  if (!isDeviceId(deviceId)) throw invalidParam('device_id has to have 1 to 255 bytes.');
  const checked = checkUpload(userId, deviceId, device.keys);
  const displayName = device.displayName?.replaceAll('\0', '').slice(0, LONGEST_DEVICE_NAME).toWellFormed() ?? null;
  const now = ctx.clock.now();
  const { old, stored } = await ctx.db.tx(async (tx) => {
    await lockUser(tx, userId);
    const old = await getDehydratedDevice(tx, userId);
    const isNew = await insertDevice(tx, { userId, deviceId, displayName, createdTs: now });
    if (!isNew && old?.deviceId !== deviceId) throw invalidParam('You have another device of that id.');
    await putDehydratedDevice(tx, userId, { deviceId, deviceData: JSON.stringify(device.deviceData) });
    return { old, stored: await storeUpload(tx, userId, deviceId, checked, now) };
  });
  await tellOfUpload(ctx, userId, deviceId, stored);
  if (old && old.deviceId !== deviceId) await deleteDevices(ctx, userId, [old.deviceId]);
}

/**
 * A user's dehydrated device.
 * @throws MatrixError 404 M_NOT_FOUND
 */
export async function findDehydratedDevice(ctx: Context, userId: string): Promise<StoredDehydratedDevice> {
  const device = await getDehydratedDevice(ctx.db, userId);
  if (!device) throw notFound('You have no dehydrated device.');
  return device;
}

/** Deletes a user's dehydrated device. Returns its id. Errors as of {@link findDehydratedDevice}. */
export async function deleteDehydratedDevice(ctx: Context, userId: string): Promise<string> {
  const { deviceId } = await findDehydratedDevice(ctx, userId);
  await deleteDevices(ctx, userId, [deviceId]);
  return deviceId;
}

/**
 * The to-device messages that wait for a user's dehydrated device, a page after `nextBatch`. They stay until the device
 * is deleted, so that a client which is interrupted can begin again.
 * @throws MatrixError 403 M_FORBIDDEN for another device, 400 M_INVALID_PARAM for a token that is none.
 */
export async function dehydratedDeviceEvents(
  ctx: Context,
  userId: string,
  deviceId: string,
  nextBatch: string | undefined,
): Promise<{ events: JsonObject[]; nextBatch: string }> {
  const device = await getDehydratedDevice(ctx.db, userId);
  if (device?.deviceId !== deviceId) throw forbidden('This is not your dehydrated device.');
  if (nextBatch !== undefined && !/^d\d{1,15}$/.test(nextBatch)) {
    throw invalidParam('next_batch is not a token that this server has given.');
  }
  const from = nextBatch === undefined ? 0 : Number(nextBatch.slice(1));
  const range = { from, to: Number.MAX_SAFE_INTEGER, limit: EVENTS_PAGE };
  const rows = await getToDeviceMessages(ctx.db, userId, deviceId, range);
  return {
    events: rows.map((row) => JSON.parse(row.json)),
    nextBatch: `d${rows.at(-1)?.position ?? from}`,
  };
}
