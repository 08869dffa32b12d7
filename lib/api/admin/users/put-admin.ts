import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { changeSessions } from '../../../domain/accounts/change-sessions.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { unknown } from '../../../spec/errors.ts';
import { setAdmin } from '../../../storage/admin/users.ts';

/** Makes a user a server administrator, or no longer. */
export default defineEndpoint({
  method: 'PUT',
  path: '/_synapse/admin/v1/users/{userId}/admin',
  auth: 'admin',
  body: z.object({ admin: z.boolean() }),
  async handle(ctx, { params, body, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    if (p.userId === requester.userId && !body.admin) throw unknown('You may not demote yourself.');
    await changeSessions(ctx, p.userId, (tx) => setAdmin(tx, p.userId, body.admin));
    return {};
  },
});
