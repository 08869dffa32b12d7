import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { visibleEventText } from '../../../domain/timeline/single-event.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/event/{eventId}';

/** One event of a room. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  async handle(ctx, { params, requester }) {
    const { roomId, eventId } = params as { roomId: string; eventId: string };
    return jsonResponse(200, await visibleEventText(ctx, viewerOf(ctx, requester), eventId, roomId));
  },
});
