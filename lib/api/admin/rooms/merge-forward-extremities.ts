import { anyRoomOrAlias } from '../../../domain/admin/any-room.ts';
import { mergeExtremities } from '../../../domain/admin/forward-extremities.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Leaves a room's graph with one end. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/rooms/{roomIdOrAlias}/forward_extremities',
  auth: 'admin',
  async handle(ctx, { params }) {
    const room = await anyRoomOrAlias(ctx, params['roomIdOrAlias'] as string);
    return { deleted: await mergeExtremities(ctx, room) };
  },
});
