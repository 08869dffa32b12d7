import { z } from 'zod';
import { byServer } from '../../../domain/e2ee/by-server.ts';
import { queryOwnKeys } from '../../../domain/e2ee/query-keys.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Keys of users of this server (server-server API, `POST /user/keys/query`). Users of other servers are left out. */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/federation/v1/user/keys/query',
  auth: 'federation',
  body: z.looseObject({ device_keys: z.record(z.string(), z.array(z.string())) }),
  async handle(ctx, { body }) {
    const { own } = byServer(ctx.serverName, body.device_keys);
    const { user_signing_keys: _private, ...keys } = await queryOwnKeys(ctx, null, own);
    return keys;
  },
});
