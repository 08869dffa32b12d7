import { eventForServer } from '../../../domain/federation/read-events.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { pduResponse } from './pdu-response.ts';

/** One event (server-server API, `GET /event/{eventId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/event/{eventId}',
  auth: 'federation',
  async handle(ctx, { params, origin }) {
    return pduResponse(ctx, { pdus: [await eventForServer(ctx, origin, params['eventId'] as string)] }, true);
  },
});
