import { z } from 'zod';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { relatedEvents } from '../../../domain/timeline/related-events.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { parsePoint } from '../../../domain/timeline/tokens.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { directionParameter, flagParameter, limitParameter, textParameter } from './query.ts';

const path = '/_matrix/client/v1/rooms/{roomId}/relations/{eventId}';

/** Events that relate to an event, all or of one relation, all or of one type. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [`${path}/{relType}`, `${path}/{relType}/{eventType}`],
  auth: 'guest',
  query: z.object({
    from: textParameter,
    to: textParameter,
    limit: limitParameter(20, { least: 1, most: 100 }),
    dir: directionParameter.default('b'),
    recurse: flagParameter,
    // MSC3981, before version 1.10.
    'org.matrix.msc3981.recurse': flagParameter,
  }),
  async handle(ctx, { params, query, requester }) {
    const { roomId, eventId, relType, eventType } = params as { roomId: string; eventId: string } & {
      relType?: string;
      eventType?: string;
    };
    const request = {
      eventId,
      relType,
      eventType,
      direction: query.dir,
      from: query.from ? parsePoint(query.from, 'from') : undefined,
      to: query.to ? parsePoint(query.to, 'to') : undefined,
      limit: query.limit,
      recurse: query.recurse ?? query['org.matrix.msc3981.recurse'],
    };
    const room = await getRoom(ctx, roomId);
    return jsonResponse(200, await relatedEvents(ctx, room, viewerOf(ctx, requester), request));
  },
});
