import { z } from 'zod';
import { localUser } from '../../../domain/admin/local-user.ts';
import { countInvites } from '../../../storage/admin/users.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { momentParameter } from '../query.ts';

/** How many invites a user has sent since a moment. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/sent_invite_count',
  auth: 'admin',
  query: z.object({ from_ts: momentParameter }),
  async handle(ctx, { params, query }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    return { invite_count: await countInvites(ctx.db, userId, query.from_ts) };
  },
});
