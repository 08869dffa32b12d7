import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { setOverride } from '../../../domain/rate-limits.ts';

/** Sets a user's own limit of messages; 0 and 0 is none. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/users/{userId}/override_ratelimit',
  auth: 'admin',
  bodyOptional: true,
  body: z.object({
    messages_per_second: z
      .number()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
    burst_count: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
  }),
  async handle(ctx, { params, body }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    await setOverride(ctx, p.userId, { perSecond: body.messages_per_second, burstCount: body.burst_count });
    return { ...body };
  },
});
