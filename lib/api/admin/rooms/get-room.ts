import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { findRoom } from '../../../domain/rooms/room-lookup.ts';
import { notFound } from '../../../spec/errors.ts';
import { getListedRoom } from '../../../storage/admin/rooms.ts';

/** Details of a room. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const room = await findRoom(ctx, p.roomId);
    if (!room) throw notFound('There is no such room.');
    return { ...(await getListedRoom(ctx.db, room.roomNid)), forgotten: false };
  },
});
