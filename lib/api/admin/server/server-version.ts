import { defineEndpoint } from '../../../api/http/endpoint.ts';

/** The version of this server. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/server_version',
  auth: 'admin',
  async handle() {
    return { server_version: 'Myelin 0.1.0' };
  },
});
