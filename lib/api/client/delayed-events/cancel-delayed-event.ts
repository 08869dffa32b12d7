import { manageDelayedEvent } from '../../../domain/delayed-events/manage-delayed.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Takes back a delayed event (MSC4140). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}/cancel',
  // Whoever knows the id may.
  auth: 'none',
  async handle(ctx, { params }) {
    await manageDelayedEvent(ctx, params['delayId'] as string, 'cancel');
    return {};
  },
});
