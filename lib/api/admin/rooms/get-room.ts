import { anyRoom } from '../../../domain/admin/any-room.ts';
import { getListedRoom, getRoomDetails } from '../../../storage/admin/rooms.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Details of a room. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { roomNid } = await anyRoom(ctx, params['roomId'] as string);
    const [listed, details] = await Promise.all([getListedRoom(ctx.db, roomNid), getRoomDetails(ctx.db, roomNid)]);
    return { ...listed, ...details };
  },
});
