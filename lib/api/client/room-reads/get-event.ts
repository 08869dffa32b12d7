import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { visibleEventText } from '../../../domain/timeline/single-event.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

const path = '/_matrix/client/v3/events/{eventId}';

/** One event of any room (deprecated). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  async handle(ctx, { params, requester }) {
    const { eventId } = params as { eventId: string };
    return jsonResponse(200, await visibleEventText(ctx, viewerOf(ctx, requester), eventId, undefined));
  },
});
