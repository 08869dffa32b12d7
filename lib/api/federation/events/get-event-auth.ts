import { eventAuthForServer } from '../../../domain/federation/read-events.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { pduResponse } from './pdu-response.ts';

/** The auth chain of an event (server-server API, `GET /event_auth/{roomId}/{eventId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/event_auth/{roomId}/{eventId}',
  auth: 'federation',
  async handle(ctx, { params, origin }) {
    const { roomId, eventId } = params as { roomId: string; eventId: string };
    return pduResponse(ctx, { auth_chain: await eventAuthForServer(ctx, origin, roomId, eventId) });
  },
});
