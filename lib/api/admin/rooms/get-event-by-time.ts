import { z } from 'zod';
import { anyRoom } from '../../../domain/admin/any-room.ts';
import { eventNear } from '../../../domain/admin/room-history.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { momentParameter, orderParameter } from '../query.ts';

/** The event nearest to a moment. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/timestamp_to_event',
  auth: 'admin',
  query: z.object({ ts: momentParameter, dir: orderParameter.default('f') }),
  async handle(ctx, { params, query }) {
    const room = await anyRoom(ctx, params['roomId'] as string);
    const row = await eventNear(ctx, room, query.ts, query.dir);
    return { event_id: row.eventId, origin_server_ts: row.originServerTs };
  },
});
