import { findRoom } from '../../../domain/rooms/room-lookup.ts';
import { getAccountData } from '../../../storage/account-data/account-data.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { requireOwn } from '../account-data/own-account-data.ts';

const path = '/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags';

/** Lists the tags of a room (client-server API, room tagging). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',

  async handle(ctx, { params, requester }) {
    const { userId, roomId } = params as { userId: string; roomId: string };
    requireOwn(userId, requester);
    const room = await findRoom(ctx, roomId);
    const stored = room && (await getAccountData(ctx.db, userId, room.roomNid, 'm.tag'));
    const tags = stored ? (JSON.parse(stored) as { tags?: object }).tags : undefined;
    return { tags: tags ?? {} };
  },
});
