import { z } from 'zod';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { eventContext } from '../../../domain/timeline/event-context.ts';
import { readFilterParameter } from '../../../domain/timeline/room-event-filter.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { limitParameter, textParameter } from './query.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/context/{eventId}';

/** An event with what happened around it. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  query: z.object({ limit: limitParameter(10, { most: 200 }), filter: textParameter }),
  async handle(ctx, { params, query, requester }) {
    const { roomId, eventId } = params as { roomId: string; eventId: string };
    const request = { eventId, limit: query.limit, filter: readFilterParameter(query.filter) };
    const room = await getRoom(ctx, roomId);
    return jsonResponse(200, await eventContext(ctx, room, viewerOf(ctx, requester), request));
  },
});
