import { z } from 'zod';
import { isValidRegistrationToken } from '../../domain/accounts/registration-token.ts';
import { takeFromLimit } from '../../domain/rate-limits.ts';
import { forbidden } from '../../spec/errors.ts';
import { defineEndpoint } from '../http/endpoint.ts';

const path = '/_matrix/client/v1/register/m.login.registration_token/validity';

/** Whether a registration token would be taken (client-server API, "Token-authenticated registration"). */
export default defineEndpoint({
  method: 'GET',
  path,
  auth: 'none',
  query: z.object({ token: z.string() }),
  async handle(ctx, { query, ip }) {
    if (!ctx.config.enableRegistration) throw forbidden('Registration has been disabled');
    await takeFromLimit(ctx, 'login', `registration token ${ip}`);
    return { valid: await isValidRegistrationToken(ctx, query.token) };
  },
});
