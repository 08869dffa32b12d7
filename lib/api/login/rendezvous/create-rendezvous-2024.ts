import { openRendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { readText, rendezvousHeaders } from './rendezvous-text.ts';

const path = '/_matrix/client/unstable/org.matrix.msc4108/rendezvous';

/** Opens a mailbox of two devices (MSC4108, sign-in by QR code). */
export default defineEndpoint({
  method: 'POST',
  path,
  auth: 'none',
  rateLimit: 'login',
  async handle(ctx, { request }) {
    const { data, contentType } = await readText(request);
    const rendezvous = await openRendezvous(ctx, data, contentType);
    const url = `${ctx.config.publicBaseUrl}${path}/${rendezvous.sessionId}`;
    return Response.json({ url }, { status: 201, headers: rendezvousHeaders(rendezvous) });
  },
});
