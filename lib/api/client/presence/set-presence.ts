import { z } from 'zod';
import { forbidden } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/presence/{userId}/status';

/** Says how one is (client-server API, `PUT /presence/{userId}/status`). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'api/v1', 'unstable'),
  auth: 'user',
  rateLimit: 'presence',
  body: z.looseObject({
    presence: z.enum(['online', 'offline', 'unavailable', 'busy']),
    status_msg: z.string().max(4096).nullish(),
  }),
  async handle(ctx, { params, requester, body }) {
    if (params['userId'] !== requester.userId) throw forbidden('You can only set your own presence.');
    const statusMsg = body.status_msg?.replaceAll('\0', '') || null;
    await ctx.writers.presence.set({ userId: requester.userId, presence: body.presence, statusMsg });
    return {};
  },
});
