import { z } from 'zod';
import { checkFeatureNames } from '../../../domain/admin/features.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { setFeatures } from '../../../storage/admin/features.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Switches experimental features of a user. */
export default defineEndpoint({
  method: 'PUT',
  path: '/_synapse/admin/v1/experimental_features/{userId}',
  auth: 'admin',
  body: z.object({ features: z.record(z.string(), z.boolean()) }),
  async handle(ctx, { params, body }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    checkFeatureNames(Object.keys(body.features));
    await setFeatures(ctx.db, userId, body.features);
    return {};
  },
});
