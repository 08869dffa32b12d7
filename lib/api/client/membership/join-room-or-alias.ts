import { joinRoom, locateRoom } from '../../../domain/rooms/join-room.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';
import { acceptSigned, joinContent, viaServers } from './join-content.ts';

const path = '/_matrix/client/v3/join/{roomIdOrAlias}';

/** Joins a room by its id or one of its aliases. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  rateLimit: 'join',
  allowSuspended: false,
  bodyOptional: true,
  body: jsonObject,
  async handle(ctx, { requester, params, searchParams, body }) {
    const content = joinContent(body);
    const { roomIdOrAlias } = params as { roomIdOrAlias: string };
    const address = await locateRoom(ctx, roomIdOrAlias, viaServers(searchParams));
    await acceptSigned(ctx, requester.userId, address.roomId, body);
    const joined = await joinRoom(ctx, requester, address, content);
    return { room_id: joined.roomId };
  },
});
