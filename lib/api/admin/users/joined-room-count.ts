import { z } from 'zod';
import { localUser } from '../../../domain/admin/local-user.ts';
import { countJoinedRooms } from '../../../storage/admin/users.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { momentParameter } from '../query.ts';

/** How many rooms a user has joined since a moment, left or not. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/cumulative_joined_room_count',
  auth: 'admin',
  query: z.object({ from_ts: momentParameter }),
  async handle(ctx, { params, query }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    return { cumulative_joined_room_count: await countJoinedRooms(ctx.db, userId, query.from_ts) };
  },
});
