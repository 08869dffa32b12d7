import { isListed } from '../../../domain/rooms/public-rooms.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/directory/list/room/{roomId}';

/** Whether the room directory lists a room. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  async handle(ctx, { params }) {
    const { roomId } = params as { roomId: string };
    return { visibility: (await isListed(ctx, roomId)) ? 'public' : 'private' };
  },
});
