import { z } from 'zod';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { roomInitialSync } from '../../../domain/timeline/room-initial-sync.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { limitParameter } from './query.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/initialSync';

/** State and newest events of a room (deprecated; room previews start with it). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  query: z.object({ limit: limitParameter(10, { most: 100 }) }),
  async handle(ctx, { params, query, requester }) {
    const { roomId } = params as { roomId: string };
    const room = await getRoom(ctx, roomId);
    return jsonResponse(200, await roomInitialSync(ctx, room, viewerOf(ctx, requester), query.limit));
  },
});
