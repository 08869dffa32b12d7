import { z } from 'zod';
import { confirmIdentity } from '../../domain/accounts/confirm-identity.ts';
import { createLoginToken } from '../../domain/accounts/login-user.ts';
import { defineEndpoint } from '../http/endpoint.ts';
import { authDict } from './fields.ts';

/** Makes a token with which another client can log in once, as it was before version 1.7 (MSC3882). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/unstable/org.matrix.msc3882/login/token',
  auth: 'user',
  rateLimit: 'login',
  body: z.object({ auth: authDict }),
  bodyOptional: true,
  async handle(ctx, req) {
    const { userId } = await confirmIdentity(ctx, req);
    const { loginToken, expiresInMs } = await createLoginToken(ctx, userId);
    // Seconds, as the proposal's first form had it.
    return { login_token: loginToken, expires_in: Math.floor(expiresInMs / 1_000), expires_in_ms: expiresInMs };
  },
});
