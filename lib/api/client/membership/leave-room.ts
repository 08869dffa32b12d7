import { leaveRoom } from '../../../domain/rooms/membership.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { reasonBody } from './reason.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/leave';

/** Leaves a room, rejects an invite to it, or takes a knock back. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  bodyOptional: true,
  body: reasonBody,
  async handle(ctx, { requester, params, body }) {
    const { roomId } = params as { roomId: string };
    await leaveRoom(ctx, requester.userId, roomId, body.reason);
    return {};
  },
});
