import { z } from 'zod';
import { stateForServer } from '../../../domain/federation/read-events.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { pduResponse } from './pdu-response.ts';

/** The state of a room before an event (server-server API, `GET /state/{roomId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/state/{roomId}',
  auth: 'federation',
  query: z.looseObject({ event_id: z.string() }),
  async handle(ctx, { params, query, origin }) {
    const { pdus, authChain } = await stateForServer(ctx, origin, params['roomId'] as string, query.event_id);
    return pduResponse(ctx, { pdus, auth_chain: authChain });
  },
});
