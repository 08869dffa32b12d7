import { z } from 'zod';
import { eventByTimeForServer } from '../../../domain/federation/read-events.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { count } from '../query.ts';

/** The event nearest to a moment (server-server API, `GET /timestamp_to_event/{roomId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/timestamp_to_event/{roomId}',
  auth: 'federation',
  query: z.looseObject({ ts: count, dir: z.enum(['b', 'f']) }),
  async handle(ctx, { params, query, origin }) {
    const wanted = { roomId: params['roomId'] as string, ts: query.ts, direction: query.dir };
    const { eventId, originServerTs } = await eventByTimeForServer(ctx, origin, wanted);
    return { event_id: eventId, origin_server_ts: originServerTs };
  },
});
