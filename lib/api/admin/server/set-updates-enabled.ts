import { z } from 'zod';
import { setPaused } from '../../../domain/background/pause.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Pauses background jobs, or lets them go on. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/background_updates/enabled',
  auth: 'admin',
  body: z.object({ enabled: z.boolean() }),
  async handle(ctx, { body }) {
    await setPaused(ctx, !body.enabled);
    return { enabled: body.enabled };
  },
});
