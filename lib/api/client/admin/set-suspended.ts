import { z } from 'zod';
import { restrictUser } from '../../../domain/admin/moderated-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Makes an account suspended, or no longer (client-server API, server administration). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/client/v1/admin/suspend/{userId}',
  auth: 'admin',
  body: z.object({ suspended: z.boolean() }),
  async handle(ctx, { params, body, requester }) {
    const { userId } = params as { userId: string };
    await restrictUser(ctx, requester.userId, userId, { suspended: body.suspended });
    return { suspended: body.suspended };
  },
});
