import { forgetRoom } from '../../../domain/rooms/membership.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/forget';

/** Forgets a room that the user has left. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  async handle(ctx, { requester, params }) {
    const { roomId } = params as { roomId: string };
    await forgetRoom(ctx, requester.userId, roomId);
    return {};
  },
});
