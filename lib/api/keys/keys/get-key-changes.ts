import { z } from 'zod';
import { keyChanges } from '../../../domain/e2ee/key-changes.ts';
import { parseSyncToken } from '../../../streams/sync-token.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/keys/changes';

/** Whose devices changed between two syncs (client-server API, key management). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  query: z.looseObject({ from: z.string(), to: z.string() }),
  async handle(ctx, { requester, query }) {
    return keyChanges(ctx, requester.userId, parseSyncToken(query.from), parseSyncToken(query.to));
  },
});
