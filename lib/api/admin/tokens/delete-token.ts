import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { isRegistrationToken } from '../../../domain/accounts/registration-token.ts';
import { notFound } from '../../../spec/errors.ts';
import { deleteRegistrationToken } from '../../../storage/accounts/registration-tokens.ts';

/** Deletes a registration token. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/registration_tokens/{token}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    if (!isRegistrationToken(p.token) || !(await deleteRegistrationToken(ctx.db, p.token)))
      throw notFound('There is no such registration token.');
    return {};
  },
});
