import { z } from 'zod';
import { tokenAnswer } from '../../../api/admin/tokens/token-answer.ts';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { isRegistrationToken } from '../../../domain/accounts/registration-token.ts';
import { notFound } from '../../../spec/errors.ts';
import { getRegistrationToken, updateRegistrationToken } from '../../../storage/accounts/registration-tokens.ts';

/** Changes how often or how long a registration token can be used. */
export default defineEndpoint({
  method: 'PUT',
  path: '/_synapse/admin/v1/registration_tokens/{token}',
  auth: 'admin',
  body: z.object({
    uses_allowed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .nullish(),
    expiry_time: z
      .number()
      .int()
      .min(0)
      .max(2 ** 53 - 1)
      .nullish(),
  }),
  bodyOptional: true,
  async handle(ctx, { params, body }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const row = isRegistrationToken(p.token) ? await getRegistrationToken(ctx.db, p.token) : undefined;
    if (!row) throw notFound('There is no such registration token.');
    const usesAllowed = body.uses_allowed === undefined ? row.usesAllowed : body.uses_allowed;
    const expiresTs = body.expiry_time === undefined ? row.expiresTs : body.expiry_time;
    await updateRegistrationToken(ctx.db, { token: p.token, usesAllowed, expiresTs });
    return tokenAnswer({ ...row, usesAllowed, expiresTs });
  },
});
