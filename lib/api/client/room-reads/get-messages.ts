import { z } from 'zod';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { roomMessages } from '../../../domain/timeline/messages.ts';
import { readFilterParameter } from '../../../domain/timeline/room-event-filter.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { parsePoint } from '../../../domain/timeline/tokens.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { directionParameter, limitParameter, textParameter } from './query.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/messages';

/** A page of a room's history. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  query: z.object({
    dir: directionParameter,
    from: textParameter,
    to: textParameter,
    limit: limitParameter(10),
    filter: textParameter,
  }),
  async handle(ctx, { params, query, requester }) {
    const { roomId } = params as { roomId: string };
    const request = {
      direction: query.dir,
      from: query.from ? parsePoint(query.from, 'from') : undefined,
      to: query.to ? parsePoint(query.to, 'to') : undefined,
      limit: query.limit,
      filter: readFilterParameter(query.filter),
    };
    const room = await getRoom(ctx, roomId);
    return jsonResponse(200, await roomMessages(ctx, room, viewerOf(ctx, requester), request));
  },
});
