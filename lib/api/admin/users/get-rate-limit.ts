import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { getRateLimitOverride } from '../../../storage/admin/rate-limits.ts';

/** A user's own limit of messages. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/override_ratelimit',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    const limit = await getRateLimitOverride(ctx.db, p.userId);
    return limit ? { messages_per_second: limit.perSecond, burst_count: limit.burstCount } : {};
  },
});
