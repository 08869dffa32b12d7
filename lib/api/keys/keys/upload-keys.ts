import { z } from 'zod';
import { uploadKeys } from '../../../domain/e2ee/upload-keys.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/keys/upload';
const old = `${path}/{deviceId}`;

/** Publishes keys of the requester's device; old clients name it in the path (client-server API, key management). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: [...versions(path, 'r0', 'unstable'), old, ...versions(old, 'r0', 'unstable')],
  auth: 'guest',
  body: z.looseObject({
    device_keys: jsonObject.nullish(),
    one_time_keys: jsonObject.nullish(),
    fallback_keys: jsonObject.nullish(),
    'org.matrix.msc2732.fallback_keys': jsonObject.nullish(),
  }),
  async handle(ctx, { requester, params, body }) {
    const { deviceId } = params as { deviceId?: string };
    const counts = await uploadKeys(ctx, requester, deviceId, {
      deviceKeys: body.device_keys,
      oneTimeKeys: body.one_time_keys,
      fallbackKeys: body.fallback_keys ?? body['org.matrix.msc2732.fallback_keys'],
    });
    return { one_time_key_counts: counts };
  },
});
