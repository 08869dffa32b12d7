import { locateRoom } from '../../../domain/rooms/join-room.ts';
import { knock } from '../../../domain/rooms/membership.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';
import { joinContent, viaServers } from './join-content.ts';

const path = '/_matrix/client/v3/knock/{roomIdOrAlias}';

/** Asks to be let into a room (client-server API, knocking on rooms). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  rateLimit: 'join',
  allowSuspended: false,
  bodyOptional: true,
  body: jsonObject,
  async handle(ctx, { requester, params, searchParams, body }) {
    const content = joinContent(body);
    const { roomIdOrAlias } = params as { roomIdOrAlias: string };
    const address = await locateRoom(ctx, roomIdOrAlias, viaServers(searchParams));
    const { roomId } = await knock(ctx, requester, address, content);
    return { room_id: roomId };
  },
});
