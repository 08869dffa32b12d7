import { defineEndpoint } from '../../http/endpoint.ts';
import { checkType, requireOwn } from './own-account-data.ts';

/** Deletes global account data (MSC3391). */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_matrix/client/unstable/org.matrix.msc3391/user/{userId}/account_data/{type}',
  auth: 'user',
  unlisted: true,
  async handle(ctx, { params, requester }) {
    const { userId, type } = params as { userId: string; type: string };
    requireOwn(userId, requester);
    checkType(type);
    await ctx.writers.accountData.set({ userId, roomId: null, type, content: null });
    return {};
  },
});
