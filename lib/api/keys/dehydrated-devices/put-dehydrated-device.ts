import { z } from 'zod';
import { storeDehydratedDevice } from '../../../domain/e2ee/dehydrated-devices.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { optionalText } from '../../login/fields.ts';

/** Stores the requester's dehydrated device with its keys (MSC3814). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device',
  auth: 'user',
  body: z.looseObject({
    device_id: z.string(),
    device_data: jsonObject,
    initial_device_display_name: optionalText,
    device_keys: jsonObject,
    one_time_keys: jsonObject.nullish(),
    fallback_keys: jsonObject.nullish(),
  }),
  async handle(ctx, { requester, body }) {
    const { device_keys: deviceKeys, one_time_keys: oneTimeKeys, fallback_keys: fallbackKeys } = body;
    await storeDehydratedDevice(ctx, requester.userId, {
      deviceId: body.device_id,
      deviceData: body.device_data,
      displayName: body.initial_device_display_name,
      keys: { deviceKeys, oneTimeKeys, fallbackKeys },
    });
    return { device_id: body.device_id };
  },
});
