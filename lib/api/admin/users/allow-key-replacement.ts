import { allowKeyReplacement } from '../../../domain/admin/allow-key-replacement.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Lets a user replace the cross-signing master key without authenticating, for some minutes. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/users/{userId}/_allow_cross_signing_replacement_without_uia',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    return { updatable_without_uia_before_ms: await allowKeyReplacement(ctx, userId) };
  },
});
