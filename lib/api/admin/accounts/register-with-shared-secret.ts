import { z } from 'zod';
import { registerWithSharedSecret } from '../../../domain/accounts/shared-secret.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { optionalFlag, optionalText } from '../../login/fields.ts';
import { openSession } from '../../login/session-answer.ts';

/** Makes an account for somebody who knows the shared secret (Synapse's admin API). */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/register',
  auth: 'none',
  body: z.object({
    nonce: z.string(),
    username: z.string(),
    password: z.string(),
    admin: optionalFlag,
    user_type: optionalText,
    displayname: optionalText,
    inhibit_login: optionalFlag,
    mac: z.string(),
  }),
  async handle(ctx, { body }) {
    const { userId } = await registerWithSharedSecret(ctx, {
      nonce: body.nonce,
      username: body.username,
      password: body.password,
      admin: body.admin ?? false,
      userType: body.user_type,
      displayName: body.displayname,
      mac: body.mac,
    });
    if (body.inhibit_login) return { user_id: userId, home_server: ctx.serverName };
    return openSession(ctx, { userId }, { isNewUser: true });
  },
});
