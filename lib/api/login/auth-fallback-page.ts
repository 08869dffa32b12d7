import { z } from 'zod';
import { findUiAuthSession } from '../../domain/accounts/ui-auth.ts';
import { ssoConfirmation } from '../../domain/sso/providers.ts';
import { SSO_STAGE } from '../../domain/sso/sso-stage.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';
import { donePage, noSuchSession, stagePage } from './auth-pages.ts';
import { redirect } from './sso/redirect.ts';

const path = '/_matrix/client/v3/auth/{authType}/fallback/web';

/** A page on which a stage can be done in a browser (client-server API, "Fallback"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  query: z.object({ session: z.string() }),
  async handle(ctx, { params, query }) {
    const session = await findUiAuthSession(ctx, query.session);
    if (!session) return noSuchSession();
    const authType = params['authType'] as string;
    if (session.completed.includes(authType)) return donePage();
    if (authType === SSO_STAGE) return redirect(ssoConfirmation(ctx, session.sessionId));
    return stagePage(ctx, authType);
  },
});
