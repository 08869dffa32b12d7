import { z } from 'zod';
import { startUpdate } from '../../../domain/background/updates.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Starts a background update by its name. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/background_updates/start_job',
  auth: 'admin',
  body: z.object({ job_name: z.string() }),
  async handle(ctx, { body }) {
    await startUpdate(ctx, body.job_name);
    return {};
  },
});
