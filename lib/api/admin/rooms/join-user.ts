import { z } from 'zod';
import { joinUser } from '../../../domain/admin/join-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Joins a local user to a room. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/join/{roomIdOrAlias}',
  auth: 'admin',
  body: z.object({ user_id: z.string() }),
  async handle(ctx, { params, body, requester, searchParams }) {
    const via = [...searchParams.getAll('server_name'), ...searchParams.getAll('via')].slice(0, 50);
    const wish = { userId: body.user_id, roomIdOrAlias: params['roomIdOrAlias'] as string, via };
    const { roomId } = await joinUser(ctx, requester, wish);
    return { room_id: roomId };
  },
});
