import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { findRoom } from '../../../domain/rooms/room-lookup.ts';
import { notFound } from '../../../spec/errors.ts';
import { getMembers } from '../../../storage/admin/rooms.ts';

/** Members of a room. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/members',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const room = await findRoom(ctx, p.roomId);
    if (!room) throw notFound('There is no such room.');
    const members = (await getMembers(ctx.db, room.roomNid, ['join'])).map((member) => member.userId);
    return { members, total: members.length };
  },
});
