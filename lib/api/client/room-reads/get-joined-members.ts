import { jsonObject } from '../../../domain/events/json-parts.ts';
import { requireJoined } from '../../../domain/rooms/room-lookup.ts';
import { getJoinedMembers } from '../../../storage/timeline/members.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/joined_members';

/** Everybody who is in a room, with names and avatars. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  async handle(ctx, { params, requester }) {
    const { roomId } = params as { roomId: string };
    const room = await requireJoined(ctx, roomId, requester.userId);
    const joined: Record<string, string> = {};
    for (const { userId, displayName, avatarUrl } of await getJoinedMembers(ctx.db, room.roomNid)) {
      // Both members are always there: bridges read them without asking.
      joined[userId] = JSON.stringify({ display_name: displayName, avatar_url: avatarUrl });
    }
    return jsonResponse(200, jsonObject({ joined: jsonObject(joined) }));
  },
});
