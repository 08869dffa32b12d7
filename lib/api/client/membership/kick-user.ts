import { kickUser } from '../../../domain/rooms/membership.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { reasonContent, targetBody } from './reason.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/kick';

/** Takes a user out of a room, or an invite or knock back. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  allowSuspended: false,
  body: targetBody,
  async handle(ctx, { requester, params, body }) {
    const { roomId } = params as { roomId: string };
    await kickUser(ctx, requester, roomId, { userId: body.user_id, content: reasonContent(body.reason) });
    return {};
  },
});
