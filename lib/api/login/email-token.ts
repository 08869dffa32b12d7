import { z } from 'zod';
import { requestEmailToken } from '../../domain/threepids/validation.ts';
import { MatrixError } from '../../spec/errors.ts';
import type { ThreepidPurpose } from '../../storage/threepids/sessions.ts';
import { defineEndpoint, type Endpoint, versions } from '../http/endpoint.ts';
import { optionalText } from './fields.ts';

/** An endpoint that sends a mail which validates an address, for one purpose. */
export function emailTokenEndpoint(path: string, purpose: ThreepidPurpose): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path,
    aliases: versions(path, 'r0', 'unstable'),
    auth: 'none',
    body: z.object({
      client_secret: z.string(),
      email: z.string(),
      send_attempt: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
      next_link: optionalText,
    }),
    async handle(ctx, { body, ip }) {
      const sid = await requestEmailToken(ctx, {
        purpose,
        email: body.email,
        clientSecret: body.client_secret,
        sendAttempt: body.send_attempt,
        nextLink: body.next_link,
        ip,
      });
      return { sid };
    },
  });
}

/** An endpoint that would send a text message. No server can without somebody who delivers them. */
export function phoneTokenEndpoint(path: string): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path,
    aliases: versions(path, 'r0', 'unstable'),
    auth: 'none',
    handle() {
      throw new MatrixError(400, 'M_THREEPID_MEDIUM_NOT_SUPPORTED', 'This server does not send text messages.');
    },
  });
}
