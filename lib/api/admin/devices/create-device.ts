import { z } from 'zod';
import { addDevice } from '../../../domain/accounts/update-device.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

/** Makes a device of a user; nothing happens when it is there. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v2/users/{userId}/devices',
  auth: 'admin',
  body: z.object({ device_id: z.string() }),
  async handle(ctx, { params, body }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    await addDevice(ctx, userId, body.device_id, undefined);
    return jsonResponse(201, '{}');
  },
});
