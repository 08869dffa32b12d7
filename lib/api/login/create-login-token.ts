import { z } from 'zod';
import { confirmIdentity } from '../../domain/accounts/confirm-identity.ts';
import { createLoginToken } from '../../domain/accounts/login-user.ts';
import { defineEndpoint } from '../http/endpoint.ts';
import { authDict } from './fields.ts';

/** Makes a token with which another client can log in once (client-server API, "Login"). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/v1/login/get_token',
  auth: 'user',
  rateLimit: 'login',
  body: z.object({ auth: authDict }),
  bodyOptional: true,
  async handle(ctx, req) {
    const { userId } = await confirmIdentity(ctx, req);
    const { loginToken, expiresInMs } = await createLoginToken(ctx, userId);
    return { login_token: loginToken, expires_in_ms: expiresInMs };
  },
});
