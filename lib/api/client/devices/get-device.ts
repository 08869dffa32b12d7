import { notFound } from '../../../spec/errors.ts';
import { isDeviceId } from '../../../spec/ids.ts';
import { getDevice } from '../../../storage/accounts/devices.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { deviceAnswer } from './device-answer.ts';

const path = '/_matrix/client/v3/devices/{deviceId}';

/** One device of the requester (client-server API, "Device management"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  async handle(ctx, { requester, params }) {
    const { deviceId } = params;
    const device = isDeviceId(deviceId) ? await getDevice(ctx.db, requester.userId, deviceId) : undefined;
    if (!device) throw notFound('You have no such device.');
    return deviceAnswer(device);
  },
});
