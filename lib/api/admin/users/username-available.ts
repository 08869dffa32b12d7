import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { checkUsername } from '../../../domain/accounts/username.ts';

/** Whether a name is free, also while registration is closed. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/username_available',
  auth: 'admin',
  query: z.object({ username: z.string() }),
  async handle(ctx, { query }) {
    await checkUsername(ctx, query.username.toLowerCase());
    return { available: true };
  },
});
