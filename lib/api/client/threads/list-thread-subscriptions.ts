import { z } from 'zod';
import { threadSubscriptionChanges } from '../../../domain/threads/thread-subscriptions.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

const token = z.string().regex(/^t\d{1,15}$/, 'a token that this server has given is expected');

/** Changes of the requester's thread subscriptions, the latest first (MSC4308). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/io.element.msc4308/thread_subscriptions',
  auth: 'user',
  unlisted: true,
  query: z.looseObject({
    dir: z.enum(['b']),
    from: token.optional(),
    to: token.optional(),
    limit: z.coerce.number().int().min(1).default(100),
  }),
  async handle(ctx, { query, requester }) {
    const at = (text: string | undefined) => (text === undefined ? undefined : Number(text.slice(1)));
    const { older, ...changes } = await threadSubscriptionChanges(ctx, requester.userId, {
      from: at(query.to) ?? 0,
      to: at(query.from) ?? Number.MAX_SAFE_INTEGER,
      limit: Math.min(query.limit, 1_000),
    });
    return { ...changes, end: older };
  },
});
