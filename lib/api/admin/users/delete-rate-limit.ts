import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { setOverride } from '../../../domain/rate-limits.ts';

/** Lets the configured limits count for a user again. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/users/{userId}/override_ratelimit',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    await setOverride(ctx, p.userId, undefined);
    return {};
  },
});
