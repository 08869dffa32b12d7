import { defineEndpoint } from '../../http/endpoint.ts';
import { deleteOld, deleteOldQuery } from './delete-old-query.ts';

/** Deletes files of this server by age and size. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/media/delete',
  auth: 'admin',
  query: deleteOldQuery,
  handle: (ctx, { query }) => deleteOld(ctx, query),
});
