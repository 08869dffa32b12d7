import { notFound } from '../../../spec/errors.ts';
import { isServerName } from '../../../spec/ids.ts';
import { getListedDestination } from '../../../storage/admin/destinations.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** How another server does. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/federation/destinations/{destination}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { destination } = params as { destination: string };
    const found = isServerName(destination) ? await getListedDestination(ctx.db, destination) : undefined;
    if (!found) throw notFound('Unknown destination');
    return found;
  },
});
