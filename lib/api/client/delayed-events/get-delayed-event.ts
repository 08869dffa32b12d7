import { delayedEventOf } from '../../../domain/delayed-events/manage-delayed.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** One of the requester's delayed events, and what became of it (MSC4140). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}',
  auth: 'user',
  handle(ctx, { requester, params }) {
    return delayedEventOf(ctx, requester.userId, params['delayId'] as string);
  },
});
