import { unrecognized } from '../../spec/errors.ts';
import { defineEndpoint } from '../http/endpoint.ts';

/** Says that there is no OAuth 2.0 API here (client-server API, "Authentication API discovery"). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v1/auth_metadata',
  auth: 'none',
  handle() {
    throw unrecognized();
  },
});
