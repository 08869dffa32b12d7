import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { changePassword } from '../../../domain/accounts/change-password.ts';
import { localUser } from '../../../domain/admin/local-user.ts';

/** Gives a user another password. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/reset_password/{userId}',
  auth: 'admin',
  body: z.object({ new_password: z.string().min(1).max(512), logout_devices: z.boolean().default(true) }),
  async handle(ctx, { params, body }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    await changePassword(ctx, p.userId, body.new_password, { logoutDevices: body.logout_devices });
    return {};
  },
});
