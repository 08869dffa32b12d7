import { deleteDevices } from '../../../domain/accounts/delete-devices.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Deletes a device of a user, with its tokens. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v2/users/{userId}/devices/{deviceId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { userId, deviceId } = params as { userId: string; deviceId: string };
    await localUser(ctx, userId);
    await deleteDevices(ctx, userId, [deviceId]);
    return {};
  },
});
