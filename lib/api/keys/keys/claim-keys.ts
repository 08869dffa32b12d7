import { z } from 'zod';
import { claimKeys } from '../../../domain/e2ee/claim-keys.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { timeout } from './timeout.ts';

const path = '/_matrix/client/v3/keys/claim';

/** Takes a one-time key of each of some devices (client-server API, key management). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  body: z.looseObject({ one_time_keys: z.record(z.string(), z.record(z.string(), z.string())), timeout }),
  async handle(ctx, { body }) {
    const { oneTimeKeys, failures } = await claimKeys(ctx, body.one_time_keys, body.timeout);
    return { one_time_keys: oneTimeKeys, failures };
  },
});
