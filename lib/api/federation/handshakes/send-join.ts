import type { Context } from '../../../domain/context.ts';
import { joinAnswer } from '../../../domain/federation/handshake/join-answer.ts';
import { takeMembership } from '../../../domain/federation/handshake/send-membership.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

/** Brings a signed join (server-server API, `PUT /send_join/{roomId}/{eventId}`); version 1 wraps the answer in a list. */
export const sendJoin: Endpoint[] = [
  defineEndpoint({
    method: 'PUT',
    path: '/_matrix/federation/v2/send_join/{roomId}/{eventId}',
    auth: 'federation',
    body: jsonObject,
    async handle(ctx, { params, body, origin, searchParams }) {
      const omitMembers = searchParams.get('omit_members') === 'true';
      return jsonResponse(200, await join(ctx, origin, params, body, omitMembers));
    },
  }),
  defineEndpoint({
    method: 'PUT',
    path: '/_matrix/federation/v1/send_join/{roomId}/{eventId}',
    auth: 'federation',
    body: jsonObject,
    async handle(ctx, { params, body, origin }) {
      return jsonResponse(200, `[200,${await join(ctx, origin, params, body, false)}]`);
    },
  }),
];

async function join(
  ctx: Context,
  origin: string,
  params: Record<string, string>,
  event: JsonObject,
  omitMembers: boolean,
): Promise<string> {
  const { roomId, eventId } = params as { roomId: string; eventId: string };
  const { room, row } = await takeMembership(ctx, origin, 'join', { roomId, eventId, event });
  return joinAnswer(ctx, room, row, { omitMembers });
}
