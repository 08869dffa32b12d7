import { localUser } from '../../../domain/admin/local-user.ts';
import { getFeatures } from '../../../storage/admin/features.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Experimental features that are switched for a user. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/experimental_features/{userId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    return { features: await getFeatures(ctx.db, userId) };
  },
});
