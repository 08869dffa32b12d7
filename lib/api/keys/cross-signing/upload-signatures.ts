import { z } from 'zod';
import { uploadSignatures } from '../../../domain/e2ee/upload-signatures.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/keys/signatures/upload';

/** Publishes signatures on devices and master keys (client-server API, cross-signing). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  body: z.record(z.string(), z.record(z.string(), jsonObject)),
  async handle(ctx, { requester, body }) {
    return { failures: await uploadSignatures(ctx, requester.userId, body) };
  },
});
