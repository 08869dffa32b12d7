import { writeRendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { MatrixError, missingParam } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { readText, rendezvousHeaders, versionIn } from './rendezvous-text.ts';

/** Replaces what is in a mailbox, where the client has seen what was in it (MSC4108). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/client/unstable/org.matrix.msc4108/rendezvous/{sessionId}',
  auth: 'none',
  async handle(ctx, { request, params }) {
    const version = versionIn(request.headers.get('if-match'));
    if (version === undefined) throw missingParam('The header If-Match is missing.');
    const text = await readText(request);
    const rendezvous = await writeRendezvous(ctx, params['sessionId'] as string, { ...text, version });
    if (!rendezvous) {
      throw new MatrixError(412, 'M_UNKNOWN', 'The other device has written meanwhile.', {
        'org.matrix.msc4108.errcode': 'M_CONCURRENT_WRITE',
      });
    }
    return new Response(null, { status: 202, headers: rendezvousHeaders(rendezvous) });
  },
});
