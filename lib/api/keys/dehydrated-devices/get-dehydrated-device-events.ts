import { z } from 'zod';
import { dehydratedDeviceEvents } from '../../../domain/e2ee/dehydrated-devices.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The messages that wait for the requester's dehydrated device (MSC3814, its later form). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device/{deviceId}/events',
  auth: 'user',
  query: z.looseObject({ next_batch: z.string().optional() }),
  async handle(ctx, { requester, params, query }) {
    const deviceId = params['deviceId'] as string;
    const { events, nextBatch } = await dehydratedDeviceEvents(ctx, requester.userId, deviceId, query.next_batch);
    return { events, next_batch: nextBatch };
  },
});
