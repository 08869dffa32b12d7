import { z } from 'zod';
import { nameDevice } from '../../../domain/accounts/update-device.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { optionalText } from '../../login/fields.ts';

/** Names a device of a user. */
export default defineEndpoint({
  method: 'PUT',
  path: '/_synapse/admin/v2/users/{userId}/devices/{deviceId}',
  auth: 'admin',
  bodyOptional: true,
  body: z.object({ display_name: optionalText }),
  async handle(ctx, { params, body }) {
    const { userId, deviceId } = params as { userId: string; deviceId: string };
    await localUser(ctx, userId);
    await nameDevice(ctx, userId, deviceId, body.display_name);
    return {};
  },
});
