import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { getMediaStatistics } from '../../../storage/admin/users.ts';

/** Uploads of each user. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/statistics/users/media',
  auth: 'admin',
  query: z.object({
    from: z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 31)
      .default(0),
    limit: z.coerce.number().int().min(0).max(1000).default(100),
  }),
  async handle(ctx, { query }) {
    const rows = await getMediaStatistics(ctx.db, query);
    const users = rows.map(({ total: _, ...user }) => user);
    const total = rows[0]?.total ?? 0;
    const next = query.from + users.length;
    return { users, total, ...(next < total ? { next_token: next } : {}) };
  },
});
