import { findDehydratedDevice } from '../../../domain/e2ee/dehydrated-devices.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The requester's dehydrated device (MSC3814). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device',
  auth: 'user',
  async handle(ctx, { requester }) {
    const { deviceId, deviceData } = await findDehydratedDevice(ctx, requester.userId);
    return { device_id: deviceId, device_data: JSON.parse(deviceData) };
  },
});
