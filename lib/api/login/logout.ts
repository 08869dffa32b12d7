import { logout } from '../../domain/accounts/logout.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';

const path = '/_matrix/client/v3/logout';

/** Ends the session of the access token, and its device (client-server API, "Login"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  allowLocked: true,
  async handle(ctx, { requester }) {
    await logout(ctx, requester);
    return {};
  },
});
