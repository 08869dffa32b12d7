import { moderatedUser } from '../../../domain/admin/moderated-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Whether an account is locked (client-server API, server administration). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v1/admin/lock/{userId}',
  auth: 'admin',
  async handle(ctx, { params, requester }) {
    const { userId } = params as { userId: string };
    return { locked: (await moderatedUser(ctx, requester.userId, userId)).locked };
  },
});
