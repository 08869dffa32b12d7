import { z } from 'zod';
import { CAS } from '../../../domain/sso/cas.ts';
import { ssoRedirect } from '../../../domain/sso/providers.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { redirect } from './redirect.ts';

const path = '/_matrix/client/v3/login/cas/redirect';

/** Where clients that know `m.login.cas` only send a browser. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  query: z.object({ redirectUrl: z.string().optional() }),
  handle: (ctx, { query }) => redirect(ssoRedirect(ctx, query.redirectUrl, CAS)),
});
