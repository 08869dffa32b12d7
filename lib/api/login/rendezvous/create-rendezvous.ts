import { z } from 'zod';
import { openRendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Opens a mailbox of two devices (MSC4388). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/unstable/io.element.msc4388/rendezvous',
  auth: 'none',
  rateLimit: 'login',
  body: z.looseObject({ data: z.string() }),
  async handle(ctx, { body }) {
    const { sessionId, version, expiresTs } = await openRendezvous(ctx, body.data, 'text/plain');
    return { id: sessionId, sequence_token: version, expires_in_ms: expiresTs - ctx.clock.now() };
  },
});
