import { z } from 'zod';
import { searchUsers } from '../../../domain/user-directory/search-users.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/user_directory/search';
const MOST_RESULTS = 50;

/** Searches for users by name and id. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  body: z.object({ search_term: z.string().max(1_000), limit: z.number().int().min(0).default(10) }),
  async handle(ctx, { body, requester }) {
    const limit = Math.min(body.limit, MOST_RESULTS);
    const { users, limited } = await searchUsers(ctx, requester.userId, body.search_term, limit);
    return {
      limited,
      results: users.map(({ userId, displayName, avatarUrl }) => ({
        user_id: userId,
        display_name: displayName ?? undefined,
        avatar_url: avatarUrl ?? undefined,
      })),
    };
  },
});
