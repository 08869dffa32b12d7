import { z } from 'zod';
import { clientEventJson, visiblePdu } from '../../../domain/events/client-event.ts';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { stateEventFor } from '../../../domain/timeline/room-state.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}';
const empty = '/_matrix/client/v3/rooms/{roomId}/state/{eventType}';

/** One state event's content, or the event; an empty state key may be left out, with its slash or without. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [...versions(path, 'r0'), empty, `${empty}/`, ...versions(empty, 'r0'), ...versions(`${empty}/`, 'r0')],
  auth: 'guest',
  query: z.object({ format: z.enum(['content', 'event'], 'has to be content or event').default('content') }),
  async handle(ctx, { params, query, requester }) {
    const { roomId, eventType, stateKey } = params as { roomId: string; eventType: string; stateKey?: string };
    const room = await getRoom(ctx, roomId);
    const row = await stateEventFor(ctx, room, requester.userId, eventType, stateKey ?? '');
    if (query.format === 'content') return visiblePdu(row).content;
    return jsonResponse(200, clientEventJson(row, viewerOf(ctx, requester)));
  },
});
