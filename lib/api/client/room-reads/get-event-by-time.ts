import { z } from 'zod';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { eventByTime } from '../../../domain/timeline/event-by-time.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { directionParameter } from './query.ts';

/** The event nearest to a moment. */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v1/rooms/{roomId}/timestamp_to_event',
  auth: 'user',
  query: z.object({
    ts: z.coerce.number().int('has to be a number of milliseconds').nonnegative('has to be positive'),
    dir: directionParameter,
  }),
  async handle(ctx, { params, query, requester }) {
    const { roomId } = params as { roomId: string };
    const room = await getRoom(ctx, roomId);
    const row = await eventByTime(ctx, room, requester.userId, query.ts, query.dir);
    return { event_id: row.eventId, origin_server_ts: row.originServerTs };
  },
});
