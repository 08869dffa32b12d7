import { z } from 'zod';
import { tokenAnswer } from '../../../api/admin/tokens/token-answer.ts';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { createRegistrationToken } from '../../../domain/accounts/registration-token.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { randomString } from '../../../spec/random.ts';
import { getRegistrationToken } from '../../../storage/accounts/registration-tokens.ts';

/** Makes a registration token. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/registration_tokens/new',
  auth: 'admin',
  body: z.object({
    token: z.string().optional(),
    length: z.number().int().min(1).max(64).default(16),
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
  async handle(ctx, { body }) {
    if (typeof body.expiry_time === 'number' && body.expiry_time < ctx.clock.now())
      throw invalidParam('expiry_time is in the past.');
    const token = await createRegistrationToken(ctx, {
      token: body.token ?? randomString(body.length),
      usesAllowed: body.uses_allowed ?? null,
      expiresTs: body.expiry_time ?? null,
    });
    return tokenAnswer(await getRegistrationToken(ctx.db, token));
  },
});
