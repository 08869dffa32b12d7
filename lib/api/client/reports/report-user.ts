import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { report } from '../../../domain/admin/report.ts';
import { isUserId } from '../../../spec/ids.ts';
import { getUser } from '../../../storage/accounts/users.ts';

/** Reports a user (client-server API, reporting content). Users that are not there are reported in vain. */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/v3/users/{userId}/report',
  auth: 'user',
  body: z.object({ reason: z.string().max(10_000) }),
  async handle(ctx, { params, body, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const known = isUserId(p.userId) && (await getUser(ctx.db, p.userId));
    if (known) await report(ctx, 'user', { reporter: requester.userId, targetUser: p.userId, reason: body.reason });
    return {};
  },
});
