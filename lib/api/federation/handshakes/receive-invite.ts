import { z } from 'zod';
import { receiveInvite } from '../../../domain/federation/handshake/receive-invite.ts';
import { isJsonObject } from '../../../spec/json.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts';

/**
 * Brings an invite for a user of this server (server-server API, `PUT /invite/{roomId}/{eventId}`). In version 1 of the
 * endpoint the body is the event itself, of room version 1 or 2.
 */
export const receiveInvites: Endpoint[] = [
  defineEndpoint({
    method: 'PUT',
    path: '/_matrix/federation/v2/invite/{roomId}/{eventId}',
    auth: 'federation',
    body: z.looseObject({ room_version: z.string(), event: jsonObject, invite_room_state: z.unknown() }),
    async handle(ctx, { params, body, origin }) {
      const { roomId, eventId } = params as { roomId: string; eventId: string };
      const request = { roomId, eventId, roomVersion: body.room_version, event: body.event };
      return { event: await receiveInvite(ctx, origin, { ...request, roomState: body.invite_room_state }) };
    },
  }),
  defineEndpoint({
    method: 'PUT',
    path: '/_matrix/federation/v1/invite/{roomId}/{eventId}',
    auth: 'federation',
    body: jsonObject,
    async handle(ctx, { params, body, origin }) {
      const { roomId, eventId } = params as { roomId: string; eventId: string };
      const { unsigned } = body;
      const roomState = isJsonObject(unsigned) ? unsigned['invite_room_state'] : undefined;
      return [
        200,
        { event: await receiveInvite(ctx, origin, { roomId, eventId, roomVersion: '1', event: body, roomState }) },
      ];
    },
  }),
];
