import { localUser } from '../../../domain/admin/local-user.ts';
import { notFound } from '../../../spec/errors.ts';
import { isDeviceId } from '../../../spec/ids.ts';
import { getDevice } from '../../../storage/accounts/devices.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { deviceAnswer } from './device-answer.ts';

/** One device of a user. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v2/users/{userId}/devices/{deviceId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { userId, deviceId } = params as { userId: string; deviceId: string };
    await localUser(ctx, userId);
    const device = isDeviceId(deviceId) ? await getDevice(ctx.db, userId, deviceId) : undefined;
    if (!device) throw notFound('No device found');
    return deviceAnswer(userId, device);
  },
});
