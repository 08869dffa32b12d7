import { defineEndpoint } from '../../http/endpoint.ts';
import { listUsersAnswer, listUsersQuery } from './list-users-query.ts';

/** A page of all accounts, or of those that have ended or have not. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v3/users',
  auth: 'admin',
  query: listUsersQuery,
  handle: (ctx, { query }) => listUsersAnswer(ctx, query, query.deactivated),
});
