import { z } from 'zod';
import { createAlias } from '../../../domain/rooms/aliases.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/directory/room/{roomAlias}';

/** Gives a room an alias of this server. */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  allowSuspended: false,
  body: z.object({ room_id: z.string() }),
  async handle(ctx, { requester, params, body }) {
    const { roomAlias } = params as { roomAlias: string };
    await createAlias(ctx, requester, roomAlias, body.room_id);
    return {};
  },
});
