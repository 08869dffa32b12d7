import { z } from 'zod';
import { subscribeToThread } from '../../../domain/threads/thread-subscriptions.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Lets the requester hear of a thread (MSC4306). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/client/unstable/io.element.msc4306/rooms/{roomId}/thread/{threadRoot}/subscription',
  auth: 'user',
  unlisted: true,
  body: z.looseObject({ automatic: z.string().min(1).max(255).optional() }),
  async handle(ctx, { params, body, requester }) {
    const thread = params as { roomId: string; threadRoot: string };
    await subscribeToThread(ctx, requester.userId, thread, body.automatic);
    return {};
  },
});
