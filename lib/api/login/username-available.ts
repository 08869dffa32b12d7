import { z } from 'zod';
import { checkUsername } from '../../domain/accounts/username.ts';
import { takeFromLimit } from '../../domain/rate-limits.ts';
import { forbidden } from '../../spec/errors.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';

const path = '/_matrix/client/v3/register/available';

/** Whether somebody who registers could have a user name (client-server API, "Account registration"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  query: z.object({ username: z.string() }),
  async handle(ctx, { query, ip }) {
    if (!ctx.config.enableRegistration) throw forbidden('Registration has been disabled');
    await takeFromLimit(ctx, 'login', `username ${ip}`);
    await checkUsername(ctx, query.username.toLowerCase());
    return { available: true };
  },
});
