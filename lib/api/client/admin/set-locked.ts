import { z } from 'zod';
import { restrictUser } from '../../../domain/admin/moderated-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Makes an account locked, or no longer (client-server API, server administration). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/client/v1/admin/lock/{userId}',
  auth: 'admin',
  body: z.object({ locked: z.boolean() }),
  async handle(ctx, { params, body, requester }) {
    const { userId } = params as { userId: string };
    await restrictUser(ctx, requester.userId, userId, { locked: body.locked });
    return { locked: body.locked };
  },
});
