import { z } from 'zod';
import { missingEventsForServer } from '../../../domain/federation/read-events.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { pduResponse } from './pdu-response.ts';

const eventIds = z.array(z.string()).max(100);
const count = z.int().min(0);

/** Events between some that are known and newer ones (server-server API, `POST /get_missing_events/{roomId}`). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/federation/v1/get_missing_events/{roomId}',
  auth: 'federation',
  body: z.looseObject({
    earliest_events: eventIds.default([]),
    latest_events: eventIds.default([]),
    limit: count.default(10),
    min_depth: count.default(0),
  }),
  async handle(ctx, { params, body, origin }) {
    const events = await missingEventsForServer(ctx, origin, {
      roomId: params['roomId'] as string,
      earliest: body.earliest_events,
      latest: body.latest_events,
      minDepth: body.min_depth,
      limit: body.limit,
    });
    return pduResponse(ctx, { events });
  },
});
