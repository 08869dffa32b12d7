import { localUser } from '../../../domain/admin/local-user.ts';
import { getNamesOfUser, quarantine } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Takes all files that a user uploaded out of circulation. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/user/{userId}/media/quarantine',
  auth: 'admin',
  async handle(ctx, { params, requester }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    return { num_quarantined: await quarantine(ctx.db, await getNamesOfUser(ctx.db, userId), requester.userId) };
  },
});
