import { z } from 'zod';
import { anyRoom } from '../../../domain/admin/any-room.ts';
import { clientEvent } from '../../../domain/events/client-event.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { getWholeCurrentState } from '../../../storage/rooms/room-facts.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { searchParameter } from '../query.ts';

/** Current state of a room, or that of one type. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/state',
  auth: 'admin',
  query: z.object({ type: searchParameter }),
  async handle(ctx, { params, query, requester }) {
    const room = await anyRoom(ctx, params['roomId'] as string);
    const viewer = viewerOf(ctx, requester);
    const rows = await getWholeCurrentState(ctx.db, room.roomNid);
    const wanted = query.type === undefined ? rows : rows.filter((row) => row.type === query.type);
    return { state: wanted.map((row) => clientEvent(row, viewer)) };
  },
});
