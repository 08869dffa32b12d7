import { z } from 'zod';
import { byServer } from '../../../domain/e2ee/by-server.ts';
import { claimOwnKeys } from '../../../domain/e2ee/claim-keys.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** One-time keys of users of this server (server-server API, `POST /user/keys/claim`). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/federation/v1/user/keys/claim',
  auth: 'federation',
  body: z.looseObject({ one_time_keys: z.record(z.string(), z.record(z.string(), z.string())) }),
  async handle(ctx, { body }) {
    const { own } = byServer(ctx.serverName, body.one_time_keys);
    const wanted = [...own].flatMap(([userId, devices]) =>
      Object.entries(devices).map(([deviceId, algorithm]) => ({ userId, deviceId, algorithm })),
    );
    return { one_time_keys: await claimOwnKeys(ctx, wanted) };
  },
});
