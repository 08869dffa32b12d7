import { z } from 'zod';
import { listPublicRooms } from '../../../domain/rooms/public-rooms.ts';
import { missingToken } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/publicRooms';

/** The room directory. Without an access token only where the configuration allows it, and only of this server. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'optional',
  query: z.object({
    limit: z.coerce.number().int().nonnegative().optional(),
    since: z.string().optional(),
    server: z.string().optional(),
  }),
  async handle(ctx, { requester, query }) {
    const { limit, since, server } = query;
    if (!requester && (server !== undefined || !ctx.config.federation.publicRoomsWithoutAuth)) throw missingToken();
    return listPublicRooms(ctx, { server, limit, since });
  },
});
