import { z } from 'zod';
import { manageDelayedEvent } from '../../../domain/delayed-events/manage-delayed.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Cancels, restarts or sends a delayed event, as the body says: the first form of MSC4140, which clients still use. */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}',
  // Whoever knows the id may.
  auth: 'none',
  body: z.looseObject({ action: z.enum(['cancel', 'restart', 'send']) }),
  async handle(ctx, { params, body }) {
    await manageDelayedEvent(ctx, params['delayId'] as string, body.action);
    return {};
  },
});
