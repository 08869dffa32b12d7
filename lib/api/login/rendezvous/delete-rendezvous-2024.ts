import { closeRendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Closes a mailbox (MSC4108). */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_matrix/client/unstable/org.matrix.msc4108/rendezvous/{sessionId}',
  auth: 'none',
  async handle(ctx, { params }) {
    await closeRendezvous(ctx, params['sessionId'] as string);
    return new Response(null, { status: 204 });
  },
});
