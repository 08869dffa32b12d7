import { z } from 'zod';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { unredactedEventText, visibleEventText } from '../../../domain/timeline/single-event.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { flagParameter } from './query.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/event/{eventId}';

/** One event of a room. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  query: z.looseObject({ 'fi.mau.msc2815.include_unredacted_content': flagParameter }),
  async handle(ctx, { params, query, requester }) {
    const { roomId, eventId } = params as { roomId: string; eventId: string };
    if (query['fi.mau.msc2815.include_unredacted_content']) {
      const room = await getRoom(ctx, roomId);
      return jsonResponse(200, await unredactedEventText(ctx, viewerOf(ctx, requester), eventId, room));
    }
    return jsonResponse(200, await visibleEventText(ctx, viewerOf(ctx, requester), eventId, roomId));
  },
});
