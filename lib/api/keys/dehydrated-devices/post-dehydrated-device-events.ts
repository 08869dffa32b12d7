import { z } from 'zod';
import { dehydratedDeviceEvents } from '../../../domain/e2ee/dehydrated-devices.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { optionalText } from '../../login/fields.ts';

/** The messages that wait for the requester's dehydrated device (MSC3814). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device/{deviceId}/events',
  auth: 'user',
  body: z.looseObject({ next_batch: optionalText }),
  bodyOptional: true,
  async handle(ctx, { requester, params, body }) {
    const deviceId = params['deviceId'] as string;
    const { events, nextBatch } = await dehydratedDeviceEvents(ctx, requester.userId, deviceId, body.next_batch);
    return { events, next_batch: nextBatch };
  },
});
