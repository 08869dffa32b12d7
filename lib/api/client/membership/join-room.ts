import { joinRoom } from '../../../domain/rooms/join-room.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { isRoomId } from '../../../spec/ids.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';
import { acceptSigned, joinContent, viaServers } from './join-content.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/join';

/** Joins a room by its id. */
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
    const { roomId } = params as { roomId: string };
    if (!isRoomId(roomId)) throw invalidParam(`${JSON.stringify(roomId)} is not a room id.`);
    await acceptSigned(ctx, requester.userId, roomId, body);
    const joined = await joinRoom(ctx, requester, { roomId, servers: viaServers(searchParams) }, joinContent(body));
    return { room_id: joined.roomId };
  },
});
