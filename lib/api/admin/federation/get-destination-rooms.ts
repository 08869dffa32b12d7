import { z } from 'zod';
import { notFound } from '../../../spec/errors.ts';
import { isServerName } from '../../../spec/ids.ts';
import { getListedDestination, getRoomsOfDestination } from '../../../storage/admin/destinations.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { nextToken, offsetParameter, orderParameter, pageSizeParameter } from '../query.ts';

/** Rooms that another server is in. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/federation/destinations/{destination}/rooms',
  auth: 'admin',
  query: z.object({ from: offsetParameter, limit: pageSizeParameter, dir: orderParameter.default('f') }),
  async handle(ctx, { params, query }) {
    const { destination } = params as { destination: string };
    if (!isServerName(destination) || !(await getListedDestination(ctx.db, destination))) {
      throw notFound('Unknown destination');
    }
    const { from, limit } = query;
    const { rooms, total } = await getRoomsOfDestination(ctx.db, destination, {
      from,
      limit,
      descending: query.dir === 'b',
    });
    const { next_token: next } = nextToken(from, rooms.length, total);
    return { rooms, total, ...(next === undefined ? {} : { next_token: String(next) }) };
  },
});
