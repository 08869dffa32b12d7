import { z } from 'zod';
import { confirmIdentity } from '../../../domain/accounts/confirm-identity.ts';
import { deleteDevices } from '../../../domain/accounts/delete-devices.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { authDict } from '../../login/fields.ts';

const path = '/_matrix/client/v3/delete_devices';

/** Deletes several devices of the requester (client-server API, "Device management"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  body: z.object({ auth: authDict, devices: z.array(z.string()).max(10_000) }),
  async handle(ctx, req) {
    const { userId } = await confirmIdentity(ctx, req);
    await deleteDevices(ctx, userId, req.body.devices);
    return {};
  },
});
