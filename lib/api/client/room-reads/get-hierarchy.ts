import { z } from 'zod';
import { spaceHierarchy } from '../../../domain/timeline/hierarchy.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { flagParameter, limitParameter, textParameter } from './query.ts';

/** A page of a tree of spaces. */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v1/rooms/{roomId}/hierarchy',
  auth: 'user',
  query: z.object({
    suggested_only: flagParameter,
    limit: limitParameter(50, { least: 1, most: 50 }),
    max_depth: z.coerce.number().int('has to be a whole number').min(0, 'has to be at least 0').optional(),
    from: textParameter,
  }),
  async handle(ctx, { params, query, requester }) {
    const { roomId } = params as { roomId: string };
    return spaceHierarchy(ctx, requester.userId, roomId, {
      suggestedOnly: query.suggested_only ?? false,
      maxDepth: query.max_depth,
      limit: query.limit,
      from: query.from,
    });
  },
});
