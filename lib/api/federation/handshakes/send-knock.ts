import { takeMembership } from '../../../domain/federation/handshake/send-membership.ts';
import { strippedStatePdus } from '../../../domain/federation/stripped-state.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Brings a signed knock (server-server API, `PUT /send_knock/{roomId}/{eventId}`). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/federation/v1/send_knock/{roomId}/{eventId}',
  auth: 'federation',
  body: jsonObject,
  async handle(ctx, { params, body, origin }) {
    const { roomId, eventId } = params as { roomId: string; eventId: string };
    const { room } = await takeMembership(ctx, origin, 'knock', { roomId, eventId, event: body });
    return { knock_room_state: await strippedStatePdus(ctx, room) };
  },
});
