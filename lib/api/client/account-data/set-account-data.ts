import { defineEndpoint, versions } from '../../http/endpoint.ts';

import { jsonObject } from '../rooms/json-object.ts';
import { checkType, requireOwn } from './own-account-data.ts';

const path = '/_matrix/client/v3/user/{userId}/account_data/{type}';

/** Stores global account data (client-server API, `PUT …/account_data/{type}`). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  body: jsonObject,
  async handle(ctx, { params, requester, body }) {
    const { userId, type } = params as { userId: string; type: string };
    requireOwn(userId, requester);
    checkType(type);

    await ctx.writers.accountData.set({ userId, roomId: null, type, content: body });
    return {};
  },
});
