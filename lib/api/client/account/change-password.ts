import { z } from 'zod';
import { changePassword } from '../../../domain/accounts/change-password.ts';
import { confirmIdentity } from '../../../domain/accounts/confirm-identity.ts';
import { checkNewPassword } from '../../../domain/accounts/password-policy.ts';
import { identifyByEmail } from '../../../domain/threepids/reset-password.ts';
import { canMail } from '../../../domain/threepids/validation.ts';
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
    if (!req.requester && canMail(ctx)) {
      // Without a token it is somebody who has forgotten the password and owns the account's e-mail address.
      const userId = await identifyByEmail(ctx, {
        path: req.rawUri.replace(/\?.*$/s, ''),
        auth: req.body.auth,
        ip: req.ip,
      });
      await changePassword(ctx, userId, password, { logoutDevices });
      return {};
    }
    const { userId, deviceId: keepDeviceId } = await confirmIdentity(ctx, req);
    await changePassword(ctx, userId, password, { logoutDevices, keepDeviceId });
    return {};
  },
});
