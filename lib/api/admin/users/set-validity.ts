import { z } from 'zod';
import { setAccountExpiry } from '../../../domain/admin/account-expiry.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Sets when an account expires; without a time, a period from now. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/account_validity/validity',
  auth: 'admin',
  body: z.object({
    user_id: z.string(),
    expiration_ts: z.int().min(0).optional(),
    enable_renewal_emails: z.boolean().optional(),
  }),
  async handle(ctx, { body }) {
    await localUser(ctx, body.user_id);
    return { expiration_ts: await setAccountExpiry(ctx, body.user_id, body.expiration_ts) };
  },
});
