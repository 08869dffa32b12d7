import { z } from 'zod';
import { getMediaStatistics, STATISTICS_ORDERS } from '../../../storage/admin/media-statistics.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import {
  momentParameter,
  nextToken,
  offsetParameter,
  orderParameter,
  pageSizeParameter,
  searchParameter,
} from '../query.ts';

/** Uploads of each user. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/statistics/users/media',
  auth: 'admin',
  query: z.object({
    from: offsetParameter,
    limit: pageSizeParameter,
    order_by: z.enum(Object.keys(STATISTICS_ORDERS) as [keyof typeof STATISTICS_ORDERS]).default('user_id'),
    dir: orderParameter.default('f'),
    search_term: searchParameter,
    from_ts: momentParameter.optional(),
    until_ts: momentParameter.optional(),
  }),
  async handle(ctx, { query }) {
    const { from, limit } = query;
    const { users, total } = await getMediaStatistics(ctx.db, {
      from,
      limit,
      order: query.order_by,
      descending: query.dir === 'b',
      search: query.search_term,
      fromTs: query.from_ts,
      untilTs: query.until_ts,
    });
    return { users, total, ...nextToken(from, users.length, total) };
  },
});
