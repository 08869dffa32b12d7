import { z } from 'zod';
import { stateIdsForServer } from '../../../domain/federation/read-events.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Ids of the state of a room before an event (server-server API, `GET /state_ids/{roomId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/state_ids/{roomId}',
  auth: 'federation',
  query: z.looseObject({ event_id: z.string() }),
  async handle(ctx, { params, query, origin }) {
    const ids = await stateIdsForServer(ctx, origin, params['roomId'] as string, query.event_id);
    return { pdu_ids: ids.pduIds, auth_chain_ids: ids.authChainIds };
  },
});
