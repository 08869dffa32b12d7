import { takeMembership } from '../../../domain/federation/handshake/send-membership.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts';

/** Brings a signed leave (server-server API, `PUT /send_leave/{roomId}/{eventId}`). */
export const sendLeave: Endpoint[] = (['v2', 'v1'] as const).map((version) =>
  defineEndpoint({
    method: 'PUT',
    path: `/_matrix/federation/${version}/send_leave/{roomId}/{eventId}`,
    auth: 'federation',
    body: jsonObject,
    async handle(ctx, { params, body, origin }) {
      const { roomId, eventId } = params as { roomId: string; eventId: string };
      await takeMembership(ctx, origin, 'leave', { roomId, eventId, event: body });
      return version === 'v1' ? [200, {}] : {};
    },
  }),
);
