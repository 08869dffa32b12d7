import { anyRoom } from '../../../domain/admin/any-room.ts';
import { mediaOfRoom } from '../../../domain/admin/room-media.ts';
import { quarantine } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Takes all files that a room's events name out of circulation. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/room/{roomId}/media/quarantine',
  aliases: ['/_synapse/admin/v1/quarantine_media/{roomId}'],
  auth: 'admin',
  async handle(ctx, { params, requester }) {
    const room = await anyRoom(ctx, params['roomId'] as string);
    return { num_quarantined: await quarantine(ctx.db, await mediaOfRoom(ctx, room), requester.userId) };
  },
});
