import { makeLeave } from '../../../domain/federation/handshake/make-membership.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The template of a leave (server-server API, `GET /make_leave/{roomId}/{userId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/make_leave/{roomId}/{userId}',
  auth: 'federation',
  async handle(ctx, { params, origin }) {
    const { roomId, userId } = params as { roomId: string; userId: string };
    return makeLeave(ctx, origin, { roomId, userId });
  },
});
