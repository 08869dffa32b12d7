import { z } from 'zod';
import { localUser } from '../../../domain/admin/local-user.ts';
import { missingParam } from '../../../spec/errors.ts';
import { searchUsers } from '../../../storage/admin/users.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { searchParameter } from '../query.ts';

/** Accounts whose name holds a text. The path names an account of this server, which may be the asker's. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/search_users/{userId}',
  auth: 'admin',
  query: z.object({ term: searchParameter }),
  async handle(ctx, { params, query }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    if (query.term === undefined) throw missingParam('The query parameter term is missing.');
    const users = await searchUsers(ctx.db, query.term);
    // Clients expect a bare array here.
    return users;
  },
});
