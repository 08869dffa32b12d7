import { z } from 'zod';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { roomThreads } from '../../../domain/timeline/threads.ts';
import { parsePoint } from '../../../domain/timeline/tokens.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { limitParameter, textParameter } from './query.ts';

/** The threads of a room, those with the latest events first. */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v1/rooms/{roomId}/threads',
  auth: 'user',
  query: z.object({
    include: z.enum(['all', 'participated'], 'has to be all or participated').default('all'),
    limit: limitParameter(20, { least: 1, most: 100 }),
    from: textParameter,
  }),
  async handle(ctx, { params, query, requester }) {
    const { roomId } = params as { roomId: string };
    const request = {
      participated: query.include === 'participated',
      before: query.from === undefined ? undefined : parsePoint(query.from, 'from').position,
      limit: query.limit,
    };
    const room = await getRoom(ctx, roomId);
    return jsonResponse(200, await roomThreads(ctx, room, viewerOf(ctx, requester), request));
  },
});
