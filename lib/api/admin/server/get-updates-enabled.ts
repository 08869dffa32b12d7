import { arePaused } from '../../../domain/background/pause.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Whether background jobs run. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/background_updates/enabled',
  auth: 'admin',
  async handle(ctx) {
    return { enabled: !(await arePaused(ctx)) };
  },
});
