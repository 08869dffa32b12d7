import { z } from 'zod';
import { anyRoom } from '../../../domain/admin/any-room.ts';
import { spaceHierarchy } from '../../../domain/timeline/hierarchy.ts';
import { limitParameter, textParameter } from '../../client/room-reads/query.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** A page of a tree of spaces, with all rooms that this server has. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/hierarchy',
  auth: 'admin',
  query: z.object({
    limit: limitParameter(50, { least: 1, most: 50 }),
    max_depth: z.coerce.number().int('has to be a whole number').min(0, 'has to be at least 0').optional(),
    from: textParameter,
  }),
  async handle(ctx, { params, query, requester }) {
    const { roomId } = await anyRoom(ctx, params['roomId'] as string);
    return spaceHierarchy(ctx, requester.userId, roomId, {
      suggestedOnly: false,
      maxDepth: query.max_depth,
      limit: query.limit,
      from: query.from,
      everything: true,
    });
  },
});
