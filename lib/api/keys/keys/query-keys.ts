import { z } from 'zod';
import { queryKeys } from '../../../domain/e2ee/query-keys.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { timeout } from './timeout.ts';

const path = '/_matrix/client/v3/keys/query';

/** Identity keys of devices and cross-signing keys of users (client-server API, key management). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  body: z.looseObject({ device_keys: z.record(z.string(), z.array(z.string())), timeout }),
  async handle(ctx, { requester, body }) {
    return queryKeys(ctx, requester.userId, body.device_keys, body.timeout);
  },
});
