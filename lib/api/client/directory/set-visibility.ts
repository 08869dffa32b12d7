import { z } from 'zod';
import { setListed } from '../../../domain/rooms/public-rooms.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/directory/list/room/{roomId}';

/** Lists a room in the room directory, or takes it out. */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  allowSuspended: false,
  bodyOptional: true,
  body: z.object({ visibility: z.enum(['public', 'private']).default('public') }),
  async handle(ctx, { requester, params, body }) {
    const { roomId } = params as { roomId: string };
    await setListed(ctx, requester, roomId, body.visibility === 'public');
    return {};
  },
});
