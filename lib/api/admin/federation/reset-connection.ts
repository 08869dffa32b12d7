import { notFound, unknown } from '../../../spec/errors.ts';
import { isServerName } from '../../../spec/ids.ts';
import { getListedDestination } from '../../../storage/admin/destinations.ts';
import { markReached } from '../../../storage/federation/destinations.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Lets another server be tried at once, however often it did not answer. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/federation/destinations/{destination}/reset_connection',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { destination } = params as { destination: string };
    const found = isServerName(destination) ? await getListedDestination(ctx.db, destination) : undefined;
    if (!found) throw notFound('Unknown destination');
    if (found.failure_ts === null) throw unknown('The retry timing does not need to be reset for this destination.');
    await markReached(ctx.db, destination);
    return {};
  },
});
