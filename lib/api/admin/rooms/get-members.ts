import { anyRoom } from '../../../domain/admin/any-room.ts';
import { getMembers } from '../../../storage/admin/rooms.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Members of a room. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/members',
  auth: 'admin',
  async handle(ctx, { params }) {
    const room = await anyRoom(ctx, params['roomId'] as string);
    const members = (await getMembers(ctx.db, room.roomNid, ['join'])).map((member) => member.userId);
    return { members, total: members.length };
  },
});
