import { newRegistrationNonce } from '../../../domain/accounts/shared-secret.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** A nonce for one shared-secret registration (Synapse's admin API). */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/register',
  auth: 'none',
  handle(ctx) {
    return { nonce: newRegistrationNonce(ctx) };
  },
});
