import { badJson, invalidParam } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { requireOwn } from '../account-data/own-account-data.ts';
import { requireRoomId } from '../account-data/room-of-account-data.ts';
import { jsonObject } from '../rooms/json-object.ts';

const path = '/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags/{tag}';

/** Puts a tag on a room (client-server API, room tagging). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  body: jsonObject,
  async handle(ctx, { params, requester, body }) {
    const { userId, roomId, tag } = params as { userId: string; roomId: string; tag: string };
    requireOwn(userId, requester);
    await requireRoomId(ctx, roomId);
    if (Buffer.byteLength(tag) > 255) throw invalidParam('The tag is longer than 255 bytes.');
    const { order } = body;
    if (order !== undefined && typeof order !== 'number') throw badJson('order is not a number.');
    await ctx.writers.accountData.setTag({ userId, roomId, tag, content: body });
    return {};
  },
});
