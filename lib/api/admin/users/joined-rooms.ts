import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { notFound } from '../../../spec/errors.ts';
import { isUserId } from '../../../spec/ids.ts';
import { getMembershipsOf } from '../../../storage/admin/users.ts';

/** Rooms that a user is in. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/joined_rooms',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    if (!isUserId(p.userId)) throw notFound('There is no such user.');
    const rooms = (await getMembershipsOf(ctx.db, p.userId)).filter((room) => room.membership === 'join');
    return { joined_rooms: rooms.map((room) => room.roomId), total: rooms.length };
  },
});
