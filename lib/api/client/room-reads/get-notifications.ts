import { z } from 'zod';
import { notifications } from '../../../domain/timeline/notifications.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { limitParameter, textParameter } from './query.ts';

const path = '/_matrix/client/v3/notifications';

/** What the user was notified of, newest first. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  query: z.object({ from: textParameter, limit: limitParameter(50, { least: 1, most: 500 }), only: textParameter }),
  async handle(ctx, { query, requester }) {
    if (query.from && !/^\d{1,15}$/.test(query.from)) {
      throw invalidParam('from is not a token that this server has given.');
    }
    const request = {
      before: query.from ? Number(query.from) : undefined,
      limit: query.limit,
      highlightsOnly: query.only === 'highlight',
    };
    return jsonResponse(200, await notifications(ctx, viewerOf(ctx, requester), request));
  },
});
