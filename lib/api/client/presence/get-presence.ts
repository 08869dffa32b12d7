import { presenceContent } from '../../../domain/presence/presence-events.ts';
import { requireSharedRoom } from '../../../domain/presence/shared-room.ts';
import { getPresence } from '../../../storage/presence/presence.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/presence/{userId}/status';

/** How a user is (client-server API, `GET /presence/{userId}/status`). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'api/v1', 'unstable'),
  auth: 'guest',
  async handle(ctx, { params, requester }) {
    const userId = params['userId'] as string;
    await requireSharedRoom(ctx, requester.userId, userId);
    const [row] = ctx.config.presence.enabled ? await getPresence(ctx.db, [userId]) : [];
    return row ? presenceContent(row, ctx.clock.now()) : { presence: 'offline' };
  },
});
