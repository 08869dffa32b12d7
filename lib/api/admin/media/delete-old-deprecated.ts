import { unknown } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { deleteOld, deleteOldQuery } from './delete-old-query.ts';

/** Deletes files of this server by age and size; the older path, which names the server. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/media/{serverName}/delete',
  auth: 'admin',
  query: deleteOldQuery,
  handle(ctx, { params, query }) {
    if (params['serverName'] !== ctx.serverName) throw unknown('Can only delete local media');
    return deleteOld(ctx, query);
  },
});
