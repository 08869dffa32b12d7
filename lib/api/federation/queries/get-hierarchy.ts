import { z } from 'zod';
import { hierarchyForServer } from '../../../domain/federation/queries/hierarchy.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

const path = '/_matrix/federation/v1/hierarchy/{roomId}';

/** A space and its children (server-server API, `GET /hierarchy/{roomId}`). */
export default defineEndpoint({
  method: 'GET',
  path,
  auth: 'federation',
  query: z.looseObject({ suggested_only: z.enum(['true', 'false']).default('false') }),
  async handle(ctx, { params, query, origin }) {
    return hierarchyForServer(ctx, origin, params['roomId'] as string, query.suggested_only === 'true');
  },
});
