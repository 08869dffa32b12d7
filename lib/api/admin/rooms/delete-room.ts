import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { deleteRoom } from '../../../domain/admin/delete-room.ts';
import { findRoom } from '../../../domain/rooms/room-lookup.ts';
import { notFound } from '../../../spec/errors.ts';

/** Takes everybody out of a room and deletes it; answers when done. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/rooms/{roomId}',
  auth: 'admin',
  bodyOptional: true,
  body: z.object({ block: z.boolean().default(false), purge: z.boolean().default(true) }),
  async handle(ctx, { params, body, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const room = await findRoom(ctx, p.roomId);
    if (!room) throw notFound('There is no such room.');
    const { block, purge } = body;
    return deleteRoom(ctx, room.roomId, { by: requester.userId, block, purge, newRoomId: null });
  },
});
