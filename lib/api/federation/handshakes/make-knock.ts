import { makeKnock } from '../../../domain/federation/handshake/make-membership.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { versionsQuery } from '../query.ts';

/** The template of a knock (server-server API, `GET /make_knock/{roomId}/{userId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/make_knock/{roomId}/{userId}',
  auth: 'federation',
  query: versionsQuery,
  async handle(ctx, { params, query, origin }) {
    const { roomId, userId } = params as { roomId: string; userId: string };
    return makeKnock(ctx, origin, { roomId, userId, versions: query.ver });
  },
});
