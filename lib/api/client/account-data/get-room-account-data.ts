import { accountDataOf } from '../../../domain/account-data/account-data.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { requireOwn } from './own-account-data.ts';

const path = '/_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}';

/** Reads account data of a room (client-server API, `GET …/account_data/{type}`). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  async handle(ctx, { params, requester }) {
    const { userId, type, roomId } = params as { userId: string; type: string; roomId: string };
    requireOwn(userId, requester);
    return jsonResponse(200, await accountDataOf(ctx, userId, roomId, type));
  },
});
