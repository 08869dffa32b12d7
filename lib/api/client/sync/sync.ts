import { z } from 'zod';
import { filterOfParameter } from '../../../domain/filters/filters.ts';
import { parseSyncToken } from '../../../streams/sync-token.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

const path = '/_matrix/client/v3/sync';
const flag = z.enum(['true', 'false']).optional();

/** What is new for a device (client-server API, `GET /sync`). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  query: z.looseObject({
    since: z.string().optional(),
    filter: z.string().optional(),
    timeout: z.string().regex(/^\d+$/, 'a number of milliseconds is expected').optional(),
    full_state: flag,
    set_presence: z.enum(['online', 'offline', 'unavailable']).optional(),
    use_state_after: flag,
    'org.matrix.msc4222.use_state_after': flag,
  }),
  async handle(ctx, { query, requester, signal }) {
    const { userId, deviceId, isGuest } = requester;
    const stable = query.use_state_after === 'true';
    const unstable = query['org.matrix.msc4222.use_state_after'] === 'true';
    const presence = query.set_presence ?? 'online';
    // Nobody waits for it: presence must not slow syncs down.
    if (presence !== 'offline' && !isGuest)
      void ctx.writers.presence.touch({ userId, deviceId, presence }).catch(() => {});
    // Everything that the answer depends on, and who is asking.
    const key = JSON.stringify([
      userId,
      deviceId,
      query.since,
      query.filter,
      query.full_state,
      stable,
      unstable,
      query.timeout,
    ]);
    const json = await ctx.sync.responses.answer(key, query.since, signal, async () =>
      ctx.sync.sync({
        userId,
        deviceId,
        since: query.since === undefined || query.since === '' ? undefined : parseSyncToken(query.since),
        filter: await filterOfParameter(ctx, userId, query.filter),
        fullState: query.full_state === 'true',
        useStateAfter: stable || unstable,
        ...(stable ? {} : { stateAfterName: 'org.matrix.msc4222.state_after' }),
        timeoutMs: Math.min(Number(query.timeout ?? 0), ctx.config.limits.maxSyncTimeoutMs),
        signal,
      }),
    );
    return jsonResponse(200, json);
  },
});
