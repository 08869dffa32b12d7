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
  if (displayName !== undefined) checkDeviceName(displayName);
  if (!isDeviceId(deviceId)) throw notFound('You have no such device.');
  const isNew =
    appserviceId !== undefined &&
    (await insertDevice(ctx.db, {
      userId,
      deviceId,
      displayName: displayName ?? null,
      createdTs: ctx.clock.now(),
    }));
  const found = isNew || (await setName(ctx, userId, deviceId, displayName));
  if (!found) throw notFound('You have no such device.');
  if (isNew || displayName !== undefined) {
    await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: [deviceId] });
  }
  return { isNew };
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
