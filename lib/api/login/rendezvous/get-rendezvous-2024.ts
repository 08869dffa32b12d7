import { readRendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { rendezvousHeaders, versionIn } from './rendezvous-text.ts';

/** What is in a mailbox; 304 when the client has it already (MSC4108). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/org.matrix.msc4108/rendezvous/{sessionId}',
  auth: 'none',
  async handle(ctx, { request, params }) {
    const rendezvous = await readRendezvous(ctx, params['sessionId'] as string);
    const headers = rendezvousHeaders(rendezvous);
    if (versionIn(request.headers.get('if-none-match')) === rendezvous.version)
      return new Response(null, { status: 304, headers });
    return new Response(rendezvous.data, { headers: { ...headers, 'content-type': rendezvous.contentType } });
  },
});
