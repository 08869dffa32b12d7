import { turnCredentials } from '../../../domain/accounts/turn-credentials.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/voip/turnServer';

/** Credentials for the TURN servers; `{}` without any (client-server API, "Voice over IP"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  handle(ctx, { requester }) {
    return turnCredentials(ctx, requester) ?? {};
  },
});
