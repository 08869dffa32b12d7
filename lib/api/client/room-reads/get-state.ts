import { clientEventJson } from '../../../domain/events/client-event.ts';
import { jsonArray } from '../../../domain/events/json-parts.ts';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { stateFor } from '../../../domain/timeline/room-state.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { canSeeRoom } from '../../../domain/timeline/visibility.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/state';

/** The whole state of a room: today's, or that on leaving. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  async handle(ctx, { params, requester }) {
    const { roomId } = params as { roomId: string };
    const room = await getRoom(ctx, roomId);
    const rows = await stateFor(ctx, room, await canSeeRoom(ctx, room, requester.userId));
    const viewer = viewerOf(ctx, requester);
    return jsonResponse(200, jsonArray(rows.map((row) => clientEventJson(row, viewer))));
  },
});
