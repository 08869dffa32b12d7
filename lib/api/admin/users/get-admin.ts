import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { localUser } from '../../../domain/admin/local-user.ts';

/** Whether a user is a server administrator. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/admin',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    return { admin: (await localUser(ctx, p.userId)).isAdmin };
  },
});
