import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { listRooms, ROOM_ORDERS } from '../../../storage/admin/rooms.ts';

/** A page of all rooms. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms',
  auth: 'admin',
  query: z.object({
    from: z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 31)
      .default(0),
    limit: z.coerce.number().int().min(0).max(1000).default(100),
    order_by: z.enum(Object.keys(ROOM_ORDERS) as [keyof typeof ROOM_ORDERS]).default('name'),
    dir: z.enum(['f', 'b']).default('f'),
    search_term: z
      .string()
      .max(255)
      .refine((s) => !s.includes('\0'), 'cannot have U+0000')
      .optional(),
    public_rooms: z.enum(['true', 'false']).optional(),
    empty_rooms: z.enum(['true', 'false']).optional(),
  }),
  async handle(ctx, { query }) {
    const { from, limit, order_by: order } = query;
    const flag = (value: string | undefined) => (value === undefined ? undefined : value === 'true');
    const { rooms, total } = await listRooms(ctx.db, {
      from,
      limit,
      order,
      descending: (query.dir === 'b') !== (order === 'size' || order.startsWith('joined_')),
      search: query.search_term,
      public: flag(query.public_rooms),
      empty: flag(query.empty_rooms),
    });
    const next = from + rooms.length;
    return {
      rooms,
      offset: from,
      total_rooms: total,
      ...(next < total ? { next_batch: next } : {}),
      ...(from > 0 ? { prev_batch: Math.max(0, from - limit) } : {}),
    };
  },
});
