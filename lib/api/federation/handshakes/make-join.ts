import { makeJoin } from '../../../domain/federation/handshake/make-membership.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { versionsQuery } from '../query.ts';

/** The template of a join (server-server API, `GET /make_join/{roomId}/{userId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/make_join/{roomId}/{userId}',
  auth: 'federation',
  query: versionsQuery,
  async handle(ctx, { params, query, origin }) {
    const { roomId, userId } = params as { roomId: string; userId: string };
    return makeJoin(ctx, origin, { roomId, userId, versions: query.ver });
  },
});
