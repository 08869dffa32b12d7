import { unsubscribeFromThread } from '../../../domain/threads/thread-subscriptions.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Lets the requester hear no more of a thread (MSC4306). */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_matrix/client/unstable/io.element.msc4306/rooms/{roomId}/thread/{threadRoot}/subscription',
  auth: 'user',
  unlisted: true,
  async handle(ctx, { params, requester }) {
    await unsubscribeFromThread(ctx, requester.userId, params as { roomId: string; threadRoot: string });
    return {};
  },
});
