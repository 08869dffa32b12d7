import { banUser } from '../../../domain/rooms/membership.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { reasonContent, targetBody } from './reason.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/ban';

/** Bans a user from a room. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  allowSuspended: false,
  body: targetBody,
  async handle(ctx, { requester, params, body }) {
    const { roomId } = params as { roomId: string };
    await banUser(ctx, requester, roomId, { userId: body.user_id, content: reasonContent(body.reason) });
    return {};
  },
});
