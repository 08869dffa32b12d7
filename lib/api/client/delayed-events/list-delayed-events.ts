import { listDelayedEvents } from '../../../domain/delayed-events/manage-delayed.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The requester's events that wait to be sent (MSC4140). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/org.matrix.msc4140/delayed_events',
  auth: 'user',
  async handle(ctx, { requester }) {
    return { delayed_events: await listDelayedEvents(ctx, requester.userId) };
  },
});
