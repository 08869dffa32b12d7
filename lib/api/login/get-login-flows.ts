import { loginFlows } from '../../domain/accounts/login-user.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';

const path = '/_matrix/client/v3/login';

/** The ways to log in (client-server API, "Login"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  handle(ctx) {
    return { flows: loginFlows(ctx) };
  },
});
