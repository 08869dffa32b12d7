import { z } from 'zod';
import { anyRoom } from '../../../domain/admin/any-room.ts';
import { contextOf } from '../../../domain/admin/room-history.ts';
import { readFilterParameter } from '../../../domain/timeline/room-event-filter.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { limitParameter, textParameter } from '../../client/room-reads/query.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** An event with what happened around it. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/context/{eventId}',
  auth: 'admin',
  query: z.object({ limit: limitParameter(10, { most: 200 }), filter: textParameter }),
  async handle(ctx, { params, query, requester }) {
    const { roomId, eventId } = params as { roomId: string; eventId: string };
    const room = await anyRoom(ctx, roomId);
    const filter = readFilterParameter(query.filter);
    return contextOf(ctx, room, viewerOf(ctx, requester), { eventId, limit: query.limit, filter });
  },
});
