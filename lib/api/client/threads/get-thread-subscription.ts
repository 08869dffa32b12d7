import { threadSubscriptionOf } from '../../../domain/threads/thread-subscriptions.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Whether the requester hears of a thread (MSC4306). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/io.element.msc4306/rooms/{roomId}/thread/{threadRoot}/subscription',
  auth: 'user',
  unlisted: true,
  handle(ctx, { params, requester }) {
    return threadSubscriptionOf(ctx, requester.userId, params as { roomId: string; threadRoot: string });
  },
});
