import { getDevices } from '../../../storage/accounts/devices.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { deviceAnswer } from './device-answer.ts';

const path = '/_matrix/client/v3/devices';

/** All devices of the requester (client-server API, "Device management"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  async handle(ctx, { requester }) {
    const devices = await getDevices(ctx.db, requester.userId);
    return { devices: devices.map(deviceAnswer) };
  },
});
