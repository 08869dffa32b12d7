import { deleteDehydratedDevice } from '../../../domain/e2ee/dehydrated-devices.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Deletes the requester's dehydrated device (MSC3814). */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device',
  auth: 'user',
  async handle(ctx, { requester }) {
    return { device_id: await deleteDehydratedDevice(ctx, requester.userId) };
  },
});
