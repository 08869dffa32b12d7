import { z } from 'zod';
import { resolveAlias } from '../../../domain/rooms/aliases.ts';
import { notFound } from '../../../spec/errors.ts';
import { serverNameOf } from '../../../spec/ids.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The room that an alias of this server names (server-server API, `GET /query/directory`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/query/directory',
  auth: 'federation',
  query: z.looseObject({ room_alias: z.string() }),
  async handle(ctx, { query: { room_alias: alias } }) {
    if (serverNameOf(alias) !== ctx.serverName) throw notFound('The room alias is not of this server.');
    const { roomId, servers } = await resolveAlias(ctx, alias);
    return { room_id: roomId, servers };
  },
});
