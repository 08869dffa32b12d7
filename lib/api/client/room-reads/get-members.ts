import { z } from 'zod';
import { clientEventJson } from '../../../domain/events/client-event.ts';
import { jsonArray, jsonObject } from '../../../domain/events/json-parts.ts';
import { getRoom } from '../../../domain/rooms/room-lookup.ts';
import { membersFor } from '../../../domain/timeline/room-state.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { parsePoint } from '../../../domain/timeline/tokens.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { textParameter } from './query.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/members';
const membership = z.enum(['join', 'invite', 'knock', 'leave', 'ban'], 'is no membership').optional();

/** Member events of a room: today's, of an earlier moment, or of when the user left. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  query: z.object({ at: textParameter, membership, not_membership: membership }),
  async handle(ctx, { params, query, requester }) {
    const { roomId } = params as { roomId: string };
    const at = query.at ? parsePoint(query.at, 'at') : undefined;
    const room = await getRoom(ctx, roomId);
    const wanted = { at, membership: query.membership, notMembership: query.not_membership };
    const rows = await membersFor(ctx, room, requester.userId, wanted);
    const viewer = viewerOf(ctx, requester);
    return jsonResponse(200, jsonObject({ chunk: jsonArray(rows.map((row) => clientEventJson(row, viewer))) }));
  },
});
