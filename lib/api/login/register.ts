import { z } from 'zod';
import { registerAppserviceUser } from '../../domain/accounts/register-appservice-user.ts';
import { registerGuest } from '../../domain/accounts/register-guest.ts';
import { registerUser } from '../../domain/accounts/register-user.ts';
import { invalidParam } from '../../spec/errors.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';
import { appserviceTokenOf } from './appservice-token.ts';
import { authDict, optionalFlag, optionalText } from './fields.ts';
import { openSession } from './session-answer.ts';

const path = '/_matrix/client/v3/register';

/** Registers a user or a guest (client-server API, "Account registration"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  body: z.object({
    auth: authDict,
    type: optionalText,
    username: optionalText,
    password: optionalText,
    device_id: optionalText,
    initial_device_display_name: optionalText,
    inhibit_login: optionalFlag,
    refresh_token: optionalFlag,
    guest_access_token: optionalText,
  }),
  bodyOptional: true,
  async handle(ctx, { body, request, searchParams, rawUri, ip, userAgent }) {
    const initialDeviceDisplayName = body.initial_device_display_name;
    switch (searchParams.get('kind') ?? 'user') {
      case 'guest': {
        // Of the body nothing else may count.
        const { userId } = await registerGuest(ctx, ip);
        return openSession(ctx, { userId, initialDeviceDisplayName }, { isNewUser: true });
      }
      case 'user':
        break;
      default:
        throw invalidParam('kind has to be user or guest.');
    }
    const choices = {
      username: body.username?.toLowerCase(),
      deviceId: body.device_id,
      initialDeviceDisplayName,
      inhibitLogin: body.inhibit_login,
      refresh: body.refresh_token,
    };
    const registered =
      body.type === 'm.login.application_service'
        ? await registerAppserviceUser(ctx, appserviceTokenOf(request, searchParams), choices)
        : await registerUser(ctx, {
            auth: body.auth,
            choices,
            password: body.password,
            guestAccessToken: body.guest_access_token,
            path: rawUri.replace(/\?.*$/s, ''),
            ip,
            userAgent,
          });
    const { userId } = registered;
    const { inhibitLogin, username: _, ...session } = registered.choices;
    if (inhibitLogin) return { user_id: userId, home_server: ctx.serverName };
    return openSession(ctx, { userId, ...session }, { isNewUser: body.guest_access_token === undefined });
  },
});
