import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { changeSessions } from '../../../domain/accounts/change-sessions.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { setRestrictions } from '../../../storage/accounts/users.ts';

/** Suspends an account or restores it. */
export default defineEndpoint({
  method: 'PUT',
  path: '/_synapse/admin/v1/suspend/{userId}',
  auth: 'admin',
  body: z.object({ suspend: z.boolean() }),
  async handle(ctx, { params, body }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    await changeSessions(ctx, p.userId, (tx) => setRestrictions(tx, p.userId, { suspended: body.suspend }));
    return { [`user_${p.userId}_suspended`]: body.suspend };
  },
});
