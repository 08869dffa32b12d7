import { getLargestRooms } from '../../../storage/admin/room-statistics.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

const MOST = 10;

/** The rooms whose events take most of the database, by an estimate. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/statistics/database/rooms',
  auth: 'admin',
  async handle(ctx) {
    return { rooms: await getLargestRooms(ctx.db, MOST) };
  },
});
