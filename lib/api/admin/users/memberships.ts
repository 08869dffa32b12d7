import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { getMembershipsOf } from '../../../storage/admin/users.ts';

/** All memberships of a user. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/memberships',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    const rooms = await getMembershipsOf(ctx.db, p.userId);
    return { memberships: Object.fromEntries(rooms.map((room) => [room.roomId, room.membership])) };
  },
});
