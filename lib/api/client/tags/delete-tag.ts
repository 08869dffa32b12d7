import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { requireOwn } from '../account-data/own-account-data.ts';
import { requireRoomId } from '../account-data/room-of-account-data.ts';

const path = '/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags/{tag}';

/** Takes a tag off a room (client-server API, room tagging). */
export default defineEndpoint({
  method: 'DELETE',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',

  async handle(ctx, { params, requester }) {
    const { userId, roomId, tag } = params as { userId: string; roomId: string; tag: string };
    requireOwn(userId, requester);
    await requireRoomId(ctx, roomId);
    await ctx.writers.accountData.setTag({ userId, roomId, tag, content: null });
    return {};
  },
});
