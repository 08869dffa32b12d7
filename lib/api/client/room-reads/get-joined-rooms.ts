import { getJoinedRooms } from '../../../storage/rooms/memberships.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/joined_rooms';

/** The rooms that the user is in. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  async handle(ctx, { requester }) {
    const rooms = await getJoinedRooms(ctx.db, requester.userId);
    return { joined_rooms: rooms.map((room) => room.roomId) };
  },
});
