import { z } from 'zod';
import { anyRoom } from '../../../domain/admin/any-room.ts';
import { roomHistory } from '../../../domain/admin/room-history.ts';
import { readFilterParameter } from '../../../domain/timeline/room-event-filter.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { parsePoint } from '../../../domain/timeline/tokens.ts';
import { limitParameter, textParameter } from '../../client/room-reads/query.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { orderParameter } from '../query.ts';

/** A page of a room's history. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/messages',
  auth: 'admin',
  query: z.object({
    dir: orderParameter.default('f'),
    from: textParameter,
    to: textParameter,
    limit: limitParameter(10),
    filter: textParameter,
  }),
  async handle(ctx, { params, query, requester }) {
    const room = await anyRoom(ctx, params['roomId'] as string);
    return roomHistory(ctx, room, viewerOf(ctx, requester), {
      direction: query.dir,
      from: query.from ? parsePoint(query.from, 'from') : undefined,
      to: query.to ? parsePoint(query.to, 'to') : undefined,
      limit: query.limit,
      filter: readFilterParameter(query.filter),
    });
  },
});
