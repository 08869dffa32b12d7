import { z } from 'zod';
import { writeRendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { MatrixError } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Replaces what is in a mailbox, where the client has seen what was in it (MSC4388). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/client/unstable/io.element.msc4388/rendezvous/{sessionId}',
  auth: 'none',
  body: z.looseObject({ sequence_token: z.string(), data: z.string() }),
  async handle(ctx, { params, body }) {
    const change = { data: body.data, contentType: 'text/plain', version: body.sequence_token };
    const rendezvous = await writeRendezvous(ctx, params['sessionId'] as string, change);
    if (!rendezvous)
      throw new MatrixError(409, 'IO_ELEMENT_MSC4388_CONCURRENT_WRITE', 'The other device has written meanwhile.');
    return { sequence_token: rendezvous.version };
  },
});
