import { readRendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { forbidden } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** What is in a mailbox (MSC4388). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/io.element.msc4388/rendezvous/{sessionId}',
  auth: 'none',
  async handle(ctx, { request, params }) {
    // A page that somebody is led to could be made to show what is in it.
    if ((request.headers.get('sec-fetch-dest') ?? 'empty') !== 'empty')
      throw forbidden('A rendezvous is not for browsers to show.');
    const { data, version, expiresTs } = await readRendezvous(ctx, params['sessionId'] as string);
    return { data, sequence_token: version, expires_in_ms: expiresTs - ctx.clock.now() };
  },
});
