import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { userDetails } from '../../../domain/admin/user-details.ts';

/** An account with its addresses. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v2/users/{userId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    return userDetails(ctx, p.userId);
  },
});
