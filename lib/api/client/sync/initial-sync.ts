import { z } from 'zod';
import { legacyInitialSync } from '../../../domain/sync/legacy/initial-sync.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { comeOnline } from './come-online.ts';

const path = '/_matrix/client/v3/initialSync';

/** Everything to begin with (client-server API, deprecated `GET /initialSync`). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  query: z.looseObject({
    limit: z.coerce.number().int().min(0).max(100).optional(),
    archived: z.enum(['true', 'false']).optional(),
  }),
  async handle(ctx, { query, requester, signal }) {
    await comeOnline(ctx, requester);
    const { userId, deviceId } = requester;
    return legacyInitialSync(ctx, {
      userId,
      deviceId,
      limit: query.limit ?? 10,
      archived: query.archived === 'true',
      signal,
    });
  },
});
