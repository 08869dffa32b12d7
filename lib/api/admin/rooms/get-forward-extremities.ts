import { anyRoomOrAlias } from '../../../domain/admin/any-room.ts';
import { forwardExtremities } from '../../../domain/admin/forward-extremities.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The ends of a room's graph. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomIdOrAlias}/forward_extremities',
  auth: 'admin',
  async handle(ctx, { params }) {
    const room = await anyRoomOrAlias(ctx, params['roomIdOrAlias'] as string);
    const results = await forwardExtremities(ctx, room);
    return { count: results.length, results };
  },
});
