import { changeSessions } from '../../../domain/accounts/change-sessions.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { setShadowBanned } from '../../../storage/admin/users.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Lifts a shadow-ban. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/users/{userId}/shadow_ban',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    await changeSessions(ctx, userId, (tx) => setShadowBanned(tx, userId, false));
    return {};
  },
});
