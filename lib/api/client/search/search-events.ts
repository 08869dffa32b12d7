import { z } from 'zod';
import { searchEvents } from '../../../domain/search/search-events.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { limitOf, parseRoomEventFilter } from '../../../spec/filters.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

const path = '/_matrix/client/v3/search';
const KEYS = ['content.body', 'content.name', 'content.topic'] as const;
const MOST_RESULTS = 100;
const MOST_AROUND = 50;

const count = z.number().int().min(0).default(5);

const roomEvents = z.object({
  search_term: z.string().max(1_000),
  keys: z.array(z.enum(KEYS)).min(1).optional(),
  // Filters have a reader of their own.
  filter: z.unknown().optional(),
  order_by: z.enum(['rank', 'recent']).default('rank'),
  event_context: z
    .object({ before_limit: count, after_limit: count, include_profile: z.boolean().default(false) })
    .optional(),
  include_state: z.boolean().default(false),
  groupings: z.object({ group_by: z.array(z.object({ key: z.enum(['room_id', 'sender']) })).default([]) }).optional(),
});

/** Full-text search over the rooms that the user is or was in. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  query: z.object({ next_batch: z.string('has to be given once').optional() }),
  body: z.object({ search_categories: z.object({ room_events: roomEvents.optional() }) }),
  async handle(ctx, { body, query, requester }) {
    const wanted = body.search_categories.room_events;
    if (!wanted) return { search_categories: {} };
    const filter = parseRoomEventFilter(wanted.filter ?? undefined, 'search_categories.room_events.filter');
    const around = wanted.event_context;
    const text = await searchEvents(ctx, viewerOf(ctx, requester), {
      term: wanted.search_term,
      keys: wanted.keys ?? [...KEYS],
      filter,
      order: wanted.order_by,
      limit: limitOf(filter, 10, MOST_RESULTS),
      context: around && {
        before: Math.min(around.before_limit, MOST_AROUND),
        after: Math.min(around.after_limit, MOST_AROUND),
        profiles: around.include_profile,
      },
      includeState: wanted.include_state,
      groupBy: wanted.groupings?.group_by.map((group) => group.key) ?? [],
      nextBatch: query.next_batch,
    });
    return jsonResponse(200, text);
  },
});
