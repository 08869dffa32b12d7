import { z } from 'zod';
import { findUiAuthSession } from '../../domain/accounts/ui-auth.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';
import { donePage, noSuchSession, stagePage } from './auth-pages.ts';

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
    return session.completed.includes(authType) ? donePage() : stagePage(ctx, authType);
  },
});
