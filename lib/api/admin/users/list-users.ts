import { defineEndpoint } from '../../http/endpoint.ts';
import { listUsersAnswer, listUsersQuery } from './list-users-query.ts';

/** A page of all accounts; those that have ended only when they are asked for. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v2/users',
  auth: 'admin',
  query: listUsersQuery,
  handle: (ctx, { query }) => listUsersAnswer(ctx, query, query.deactivated === true ? undefined : false),
});
