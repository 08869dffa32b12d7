import { defineEndpoint } from '../../http/endpoint.ts';
import { checkType, requireOwn } from './own-account-data.ts';
import { requireRoomId } from './room-of-account-data.ts';

/** Deletes account data of a room (MSC3391). */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_matrix/client/unstable/org.matrix.msc3391/user/{userId}/rooms/{roomId}/account_data/{type}',
  auth: 'user',
  unlisted: true,
  async handle(ctx, { params, requester }) {
    const { userId, type, roomId } = params as { userId: string; type: string; roomId: string };
    requireOwn(userId, requester);
    checkType(type);
    await requireRoomId(ctx, roomId);
    await ctx.writers.accountData.set({ userId, roomId, type, content: null });
    return {};
  },
});
