import { z } from 'zod';
import { anyRoomOrAlias } from '../../../domain/admin/any-room.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { makeRoomAdmin } from '../../../domain/admin/make-room-admin.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Gives a local user the highest power that a local member has. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/rooms/{roomIdOrAlias}/make_room_admin',
  auth: 'admin',
  bodyOptional: true,
  body: z.object({ user_id: z.string().optional() }),
  async handle(ctx, { params, body, requester }) {
    const room = await anyRoomOrAlias(ctx, params['roomIdOrAlias'] as string);
    const userId = body.user_id ?? requester.userId;
    await localUser(ctx, userId);
    await makeRoomAdmin(ctx, room, userId);
    return {};
  },
});
