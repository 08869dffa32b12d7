import { anyRoom } from '../../../domain/admin/any-room.ts';
import { mediaOfRoom } from '../../../domain/admin/room-media.ts';
import { mxcUri } from '../../../domain/media/media-location.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Files that a room's events name. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/room/{roomId}/media',
  auth: 'admin',
  async handle(ctx, { params }) {
    const files = await mediaOfRoom(ctx, await anyRoom(ctx, params['roomId'] as string));
    const isLocal = (file: { serverName: string }) => file.serverName === ctx.serverName;
    return {
      local: files.filter(isLocal).map(mxcUri),
      remote: files.filter((file) => !isLocal(file)).map(mxcUri),
    };
  },
});
