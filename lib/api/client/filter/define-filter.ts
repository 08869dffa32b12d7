import { z } from 'zod';
import { defineFilter } from '../../../domain/filters/filters.ts';
import { forbidden } from '../../../spec/errors.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/user/{userId}/filter';

/** Stores a filter (client-server API, `POST /user/{userId}/filter`). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  body: z.record(z.string(), z.unknown()),
  async handle(ctx, { params, requester, body }) {
    if (params['userId'] !== requester.userId) throw forbidden('You can only make filters of your own.');
    return { filter_id: await defineFilter(ctx, requester.userId, body as JsonObject) };
  },
});
