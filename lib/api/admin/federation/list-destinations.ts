import { z } from 'zod';
import { DESTINATION_ORDERS, listDestinations } from '../../../storage/admin/destinations.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { nextToken, offsetParameter, orderParameter, pageSizeParameter, searchParameter } from '../query.ts';

/** A page of the servers that this one has to do with. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/federation/destinations',
  auth: 'admin',
  query: z.object({
    from: offsetParameter,
    limit: pageSizeParameter,
    destination: searchParameter,
    order_by: z.enum(Object.keys(DESTINATION_ORDERS) as [keyof typeof DESTINATION_ORDERS]).default('destination'),
    dir: orderParameter.default('f'),
  }),
  async handle(ctx, { query }) {
    const { from, limit } = query;
    const { destinations, total } = await listDestinations(ctx.db, {
      from,
      limit,
      order: query.order_by,
      descending: query.dir === 'b',
      search: query.destination,
    });
    const { next_token: next } = nextToken(from, destinations.length, total);
    return { destinations, total, ...(next === undefined ? {} : { next_token: String(next) }) };
  },
});
