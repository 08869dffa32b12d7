import { z } from 'zod';
import { loginUser } from '../../domain/accounts/login-user.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';
import { appserviceTokenOf } from './appservice-token.ts';
import { optionalFlag, optionalText } from './fields.ts';
import { openSession } from './session-answer.ts';

const path = '/_matrix/client/v3/login';

/** Logs in and opens a session (client-server API, "Login"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  rateLimit: 'login',
  body: z.object({
    type: z.string(),
    identifier: z
      .looseObject({})
      .nullish()
      .transform((value) => value ?? undefined),
    user: optionalText,
    medium: optionalText,
    address: optionalText,
    password: optionalText,
    token: optionalText,
    device_id: optionalText,
    initial_device_display_name: optionalText,
    refresh_token: optionalFlag,
  }),
  async handle(ctx, { body, request, searchParams }) {
    const appserviceToken = appserviceTokenOf(request, searchParams);
    const { userId } = await loginUser(ctx, { ...body, appserviceToken });
    return openSession(
      ctx,
      {
        userId,
        deviceId: body.device_id,
        initialDeviceDisplayName: body.initial_device_display_name,
        refresh: body.refresh_token,
      },
      { isNewUser: false },
    );
  },
});
