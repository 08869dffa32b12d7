import { tokenAnswer } from '../../../api/admin/tokens/token-answer.ts';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { isRegistrationToken } from '../../../domain/accounts/registration-token.ts';
import { notFound } from '../../../spec/errors.ts';
import { getRegistrationToken } from '../../../storage/accounts/registration-tokens.ts';

/** One registration token. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/registration_tokens/{token}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const row = isRegistrationToken(p.token) ? await getRegistrationToken(ctx.db, p.token) : undefined;
    if (!row) throw notFound('There is no such registration token.');
    return tokenAnswer(row);
  },
});
