import { localUser } from '../../../domain/admin/local-user.ts';
import { getDevices } from '../../../storage/accounts/devices.ts';
import { getDehydratedDevice } from '../../../storage/e2ee/dehydrated-devices.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { deviceAnswer } from './device-answer.ts';

/** All devices of a user. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v2/users/{userId}/devices',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    const [rows, dehydrated] = await Promise.all([getDevices(ctx.db, userId), getDehydratedDevice(ctx.db, userId)]);
    const devices = rows.map((row) => ({
      ...deviceAnswer(userId, row),
      dehydrated: row.deviceId === dehydrated?.deviceId,
    }));
    return { devices, total: devices.length };
  },
});
