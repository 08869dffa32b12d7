import { resolveAlias } from '../../../domain/rooms/aliases.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/directory/room/{roomAlias}';

/** The room that an alias names. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  async handle(ctx, { params }) {
    const { roomAlias } = params as { roomAlias: string };
    const { roomId, servers } = await resolveAlias(ctx, roomAlias);
    return { room_id: roomId, servers };
  },
});
