import { z } from 'zod';
import { eventStream } from '../../../domain/sync/legacy/event-stream.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { comeOnline } from './come-online.ts';

const path = '/_matrix/client/v3/events';

/** New events since a token (client-server API, deprecated `GET /events`; with `room_id` for room previews). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  query: z.looseObject({
    from: z.string().optional(),
    timeout: z.string().regex(/^\d+$/, 'a number of milliseconds is expected').optional(),
    limit: z.string().regex(/^\d+$/, 'a number of events is expected').optional(),
    room_id: z.string().optional(),
  }),
  async handle(ctx, { query, requester, signal }) {
    await comeOnline(ctx, requester);
    return eventStream(ctx, {
      userId: requester.userId,
      deviceId: requester.deviceId,
      // An empty one is none, as it was for the clients of old.
      from: query.from === 'END' || query.from === '' ? undefined : query.from,
      timeoutMs: Math.min(Number(query.timeout ?? 0), ctx.config.limits.maxSyncTimeoutMs),
      roomId: query.room_id,
      signal,
    });
  },
});
