import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/account/whoami';

/** Whose access token this is (client-server API, "Current account information"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  handle(_ctx, { requester }) {
    const { userId, deviceId, isGuest } = requester;
    return { user_id: userId, ...(deviceId === null ? {} : { device_id: deviceId }), is_guest: isGuest };
  },
});
