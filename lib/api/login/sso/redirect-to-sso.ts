import { z } from 'zod';
import { ssoRedirect } from '../../../domain/sso/providers.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { redirect } from './redirect.ts';

const path = '/_matrix/client/v3/login/sso/redirect';

/** Sends a browser to the identity provider (client-server API, "SSO client login/authentication"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  query: z.object({ redirectUrl: z.string().optional() }),
  handle: (ctx, { query }) => redirect(ssoRedirect(ctx, query.redirectUrl)),
});
