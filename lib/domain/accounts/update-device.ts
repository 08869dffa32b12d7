import { invalidParam, MatrixError, notFound } from '../../spec/errors.ts';
import { isDeviceId } from '../../spec/ids.ts';
import { getDevice, insertDevice, renameDevice } from '../../storage/accounts/devices.ts';
import type { Context } from '../context.ts';
import { LONGEST_DEVICE_NAME } from './create-session.ts';
import type { Requester } from './requester.ts';

/**
 * Names one of the requester's devices, or makes it where an application service asks.
 * @param displayName undefined leaves the name.
 * @throws MatrixError 404 M_NOT_FOUND, 400 M_TOO_LARGE or M_INVALID_PARAM
 */
export async function updateDevice(
  ctx: Context,
  requester: Requester,
  deviceId: string,
  displayName: string | undefined,
): Promise<{ isNew: boolean }> {
  const { userId, appserviceId } = requester;
  if (appserviceId !== undefined && isDeviceId(deviceId) && (await addDevice(ctx, userId, deviceId, displayName))) {
    return { isNew: true };
  }
  await nameDevice(ctx, userId, deviceId, displayName);
  return { isNew: false };
}

/**
 * Makes a device without a session. False when it is there already.
 * @throws MatrixError 400 M_TOO_LARGE or M_INVALID_PARAM
 */
export async function addDevice(
  ctx: Context,
  userId: string,
  deviceId: string,
  displayName: string | undefined,
): Promise<boolean> {
  if (displayName !== undefined) checkDeviceName(displayName);
  if (!isDeviceId(deviceId)) throw invalidParam('device_id has to have 1 to 255 bytes.');
  const device = { userId, deviceId, displayName: displayName ?? null, createdTs: ctx.clock.now() };
  const isNew = await insertDevice(ctx.db, device);
  if (isNew) await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: [deviceId] });
  return isNew;
}

/**
 * Gives a device a name.
 * @param displayName undefined leaves the name.
 * @throws MatrixError 404 M_NOT_FOUND, 400 M_TOO_LARGE or M_INVALID_PARAM
 */
export async function nameDevice(
  ctx: Context,
  userId: string,
  deviceId: string,
  displayName: string | undefined,
): Promise<void> {
  if (displayName !== undefined) checkDeviceName(displayName);
  if (!isDeviceId(deviceId) || !(await setName(ctx, userId, deviceId, displayName))) {
    throw notFound('You have no such device.');
  }
  if (displayName !== undefined) await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: [deviceId] });
}

async function setName(ctx: Context, userId: string, deviceId: string, name: string | undefined): Promise<boolean> {
  if (name !== undefined) return renameDevice(ctx.db, userId, deviceId, name);
  return (await getDevice(ctx.db, userId, deviceId)) !== undefined;
}

function checkDeviceName(name: string): void {
  if (name.length > LONGEST_DEVICE_NAME) {
    throw new MatrixError(400, 'M_TOO_LARGE', `A device's name may have at most ${LONGEST_DEVICE_NAME} characters.`);
  }
  if (name.includes('\0')) throw invalidParam("A device's name cannot have the character U+0000.");
}
