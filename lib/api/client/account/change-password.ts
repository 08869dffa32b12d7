import { z } from 'zod';
import { changePassword } from '../../../domain/accounts/change-password.ts';
import { confirmIdentity } from '../../../domain/accounts/confirm-identity.ts';
import { checkNewPassword } from '../../../domain/accounts/password-policy.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { authDict, optionalFlag } from '../../login/fields.ts';

const path = '/_matrix/client/v3/account/password';

/** Changes the requester's password (client-server API, "Password management"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'optional',
  body: z.object({ auth: authDict, new_password: z.string(), logout_devices: optionalFlag }),
  async handle(ctx, req) {
    const { new_password: password, logout_devices: logoutDevices = true } = req.body;
    checkNewPassword(password);
    const { userId, deviceId: keepDeviceId } = await confirmIdentity(ctx, req);
    await changePassword(ctx, userId, password, { logoutDevices, keepDeviceId });
    return {};
  },
});
