import { z } from 'zod';
import { tokenAnswer } from '../../../api/admin/tokens/token-answer.ts';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { getRegistrationTokens, isUsable } from '../../../storage/accounts/registration-tokens.ts';

/** All registration tokens. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/registration_tokens',
  auth: 'admin',
  query: z.object({ valid: z.enum(['true', 'false']).optional() }),
  async handle(ctx, { query }) {
    const rows = await getRegistrationTokens(ctx.db);
    const wanted = rows.filter(
      (row) => query.valid === undefined || String(isUsable(row, ctx.clock.now())) === query.valid,
    );
    return { registration_tokens: wanted.map(tokenAnswer) };
  },
});
