import { closeRendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Closes a mailbox (MSC4388). */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_matrix/client/unstable/io.element.msc4388/rendezvous/{sessionId}',
  auth: 'none',
  async handle(ctx, { params }) {
    await closeRendezvous(ctx, params['sessionId'] as string);
    return {};
  },
});
