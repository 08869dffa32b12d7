import { logoutEverywhere } from '../../domain/accounts/logout.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';

const path = '/_matrix/client/v3/logout/all';

/** Ends all sessions of the user, and all devices (client-server API, "Login"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  allowLocked: true,
  async handle(ctx, { requester }) {
    await logoutEverywhere(ctx, requester);
    return {};
  },
});
