import { z } from 'zod';
import { refreshSession } from '../../domain/accounts/refresh-session.ts';
import { defineEndpoint } from '../http/endpoint.ts';

/** Exchanges a refresh token for new tokens (client-server API, "Refreshing access tokens"). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/v3/refresh',
  auth: 'none',
  body: z.object({ refresh_token: z.string() }),
  async handle(ctx, { body }) {
    const { accessToken, refreshToken, expiresInMs } = await refreshSession(ctx, body.refresh_token);
    return { access_token: accessToken, refresh_token: refreshToken, expires_in_ms: expiresInMs };
  },
});
