import { aliasesOfRoom } from '../../../domain/rooms/aliases.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/aliases';

/** This server's aliases of a room. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [...versions(path, 'r0'), '/_matrix/client/unstable/org.matrix.msc2432/rooms/{roomId}/aliases'],
  auth: 'user',
  async handle(ctx, { requester, params }) {
    const { roomId } = params as { roomId: string };
    return { aliases: await aliasesOfRoom(ctx, requester, roomId) };
  },
});
