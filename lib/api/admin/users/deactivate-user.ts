import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { deactivateUser } from '../../../domain/accounts/deactivate-user.ts';
import { localUser } from '../../../domain/admin/local-user.ts';

/** Ends an account. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/deactivate/{userId}',
  auth: 'admin',
  bodyOptional: true,
  body: z.object({ erase: z.boolean().default(false) }),
  async handle(ctx, { params, body }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    await deactivateUser(ctx, p.userId, { erase: body.erase });
    return { id_server_unbind_result: 'success' };
  },
});
