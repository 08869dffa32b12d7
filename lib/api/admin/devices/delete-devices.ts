import { z } from 'zod';
import { deleteDevices } from '../../../domain/accounts/delete-devices.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Deletes several devices of a user, with their tokens. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v2/users/{userId}/delete_devices',
  auth: 'admin',
  body: z.object({ devices: z.array(z.string()).max(10_000) }),
  async handle(ctx, { params, body }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    await deleteDevices(ctx, userId, body.devices);
    return {};
  },
});
