import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { listUsers, USER_ORDERS } from '../../../storage/admin/users.ts';

/** A page of all accounts. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v2/users',
  auth: 'admin',
  query: z.object({
    from: z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 31)
      .default(0),
    limit: z.coerce.number().int().min(0).max(1000).default(100),
    order_by: z.enum(Object.keys(USER_ORDERS) as [keyof typeof USER_ORDERS]).default('name'),
    dir: z.enum(['f', 'b']).default('f'),
    name: z
      .string()
      .max(255)
      .refine((s) => !s.includes('\0'), 'cannot have U+0000')
      .optional(),
    user_id: z
      .string()
      .max(255)
      .refine((s) => !s.includes('\0'), 'cannot have U+0000')
      .optional(),
    guests: z.enum(['true', 'false']).default('true'),
    deactivated: z.enum(['true', 'false']).default('false'),
    admins: z.enum(['true', 'false']).optional(),
    locked: z.enum(['true', 'false']).default('false'),
  }),
  async handle(ctx, { query }) {
    const { from, limit, user_id: userId, name } = query;
    const { users, total } = await listUsers(ctx.db, {
      from,
      limit,
      userId,
      name,
      order: query.order_by,
      descending: query.dir === 'b',
      guests: query.guests === 'true',
      deactivated: query.deactivated === 'true' ? null : false,
      admins: query.admins === undefined ? undefined : query.admins === 'true',
      locked: query.locked === 'true',
    });
    const next = from + users.length;
    return { users, total, ...(next < total ? { next_token: String(next) } : {}) };
  },
});
