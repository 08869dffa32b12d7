import { z } from 'zod';
import { unknownPos } from '../../../domain/sync/sliding/connections.ts';
import { slidingSync } from '../../../domain/sync/sliding/sliding-sync.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { parseSyncToken } from '../../../streams/sync-token.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { extensionsOf, listsOf, slidingBody, subscriptionsOf } from './sliding-schema.ts';

const PRESENCES = ['online', 'offline', 'unavailable'] as const;

/** What is new for a device in the rooms that it looks at (MSC4186, simplified sliding sync). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync',
  auth: 'user',
  query: z.looseObject({
    pos: z.string().optional(),
    timeout: z.string().regex(/^\d+$/, 'a number of milliseconds is expected').optional(),
    set_presence: z.string().optional(),
  }),
  body: slidingBody,
  async handle(ctx, { query, body, requester, signal }) {
    const { userId, deviceId } = requester;
    const presence = (query.set_presence ?? body.set_presence ?? 'online') as (typeof PRESENCES)[number];
    if (!PRESENCES.includes(presence)) throw invalidParam(`set_presence must be one of ${PRESENCES.join(', ')}.`);
    const lists = listsOf(body, userId);
    const extensions = extensionsOf(body);
    const pos = query.pos ?? body.pos;
    // Nobody waits for it: presence must not slow syncs down.
    if (presence !== 'offline') void ctx.writers.presence.touch({ userId, deviceId, presence }).catch(() => {});
    const answer = await slidingSync(ctx, {
      userId,
      deviceId,
      connId: body.conn_id ?? '',
      pos: pos === undefined || pos === '' ? undefined : parsePos(pos),
      timeoutMs: Math.min(Number(query.timeout ?? body.timeout ?? 0), ctx.config.limits.maxSyncTimeoutMs),
      lists,
      subscriptions: subscriptionsOf(body, userId),
      extensions,
      signal,
    });
    return jsonResponse(200, answer);
  },
});

function parsePos(pos: string) {
  const [, positionId, token] = /^(\d{1,15})\/(s[\d_]{1,200})$/.exec(pos) ?? [];
  if (positionId === undefined || token === undefined) throw unknownPos();
  return { positionId: Number(positionId), token: parseSyncToken(token) };
}
