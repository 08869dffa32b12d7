import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';
import { checkType, requireOwn } from './own-account-data.ts';
import { requireRoomId } from './room-of-account-data.ts';

const path = '/_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}';

/** Stores account data of a room (client-server API, `PUT …/account_data/{type}`). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  body: jsonObject,
  async handle(ctx, { params, requester, body }) {
    const { userId, type, roomId } = params as { userId: string; type: string; roomId: string };
    requireOwn(userId, requester);
    checkType(type);
    await requireRoomId(ctx, roomId);
    await ctx.writers.accountData.set({ userId, roomId: roomId, type, content: body });
    return {};
  },
});
