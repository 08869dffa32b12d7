import { z } from 'zod';
import { listRooms, ROOM_ORDERS } from '../../../storage/admin/rooms.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { choiceParameter, offsetParameter, orderParameter, pageSizeParameter, searchParameter } from '../query.ts';

/** These come largest first. */
const LARGEST_FIRST = new Set(['size', 'joined_members', 'joined_local_members', 'version', 'state_events']);

/** A page of all rooms. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms',
  auth: 'admin',
  query: z.object({
    from: offsetParameter,
    limit: pageSizeParameter,
    order_by: z.enum(Object.keys(ROOM_ORDERS) as [keyof typeof ROOM_ORDERS]).default('name'),
    dir: orderParameter.default('f'),
    search_term: searchParameter,
    public_rooms: choiceParameter,
    empty_rooms: choiceParameter,
  }),
  async handle(ctx, { query }) {
    const { from, limit, order_by: order } = query;
    const { rooms, total } = await listRooms(ctx.db, {
      from,
      limit,
      order,
      descending: (query.dir === 'b') !== LARGEST_FIRST.has(order),
      search: query.search_term,
      public: query.public_rooms,
      empty: query.empty_rooms,
    });
    const next = from + rooms.length;
    return {
      rooms,
      offset: from,
      total_rooms: total,
      ...(rooms.length > 0 && next < total ? { next_batch: next } : {}),
      ...(from > 0 ? { prev_batch: Math.max(0, from - limit) } : {}),
    };
  },
});
