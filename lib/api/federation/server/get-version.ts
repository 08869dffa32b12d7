import manifest from '../../../../package.json' with { type: 'json' };
import { defineEndpoint } from '../../http/endpoint.ts';

/** What this server runs (server-server API, `GET /version`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/version',
  auth: 'none',
  handle() {
    return { server: { name: 'Myelin', version: manifest.version } };
  },
});
