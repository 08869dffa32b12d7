import { z } from 'zod';
import { updateDevice } from '../../../domain/accounts/update-device.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';
import { optionalText } from '../../login/fields.ts';

const path = '/_matrix/client/v3/devices/{deviceId}';

/** Names a device; an application service can make one so (client-server API, "Device management"). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  body: z.object({ display_name: optionalText }),
  async handle(ctx, { requester, params, body }) {
    const { isNew } = await updateDevice(ctx, requester, params['deviceId'] as string, body.display_name);
    return jsonResponse(isNew ? 201 : 200, '{}');
  },
});
