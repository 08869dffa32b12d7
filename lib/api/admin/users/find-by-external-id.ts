import { notFound } from '../../../spec/errors.ts';
import { getUserByExternalId } from '../../../storage/admin/external-ids.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The account of somebody whom a single sign-on provider knows. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/auth_providers/{provider}/users/{externalId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { provider, externalId } = params as { provider: string; externalId: string };
    const userId = /\0/.test(provider + externalId)
      ? undefined
      : await getUserByExternalId(ctx.db, { authProvider: provider, externalId });
    if (userId === undefined) throw notFound('User not found');
    return { user_id: userId };
  },
});
