import { z } from 'zod';
import { createLoginToken } from '../../../domain/accounts/login-user.ts';
import { findUiAuthSession } from '../../../domain/accounts/ui-auth.ts';
import type { Context } from '../../../domain/context.ts';
import { CAS, validateCasTicket } from '../../../domain/sso/cas.ts';
import { noteSsoVisit } from '../../../domain/sso/sso-stage.ts';
import { userOfIdentity } from '../../../domain/sso/sso-user.ts';
import { missingParam } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { donePage, noSuchSession } from '../auth-pages.ts';
import { returnToClient } from './return-to-client.ts';

const path = '/_matrix/client/v3/login/cas/ticket';

/** Where the CAS server sends a browser back to, with a ticket. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  rateLimit: 'login',
  query: z.object({ ticket: z.string(), redirectUrl: z.string().optional(), session: z.string().optional() }),
  async handle(ctx, { query: { ticket, redirectUrl, session } }) {
    if (session !== undefined) return confirm(ctx, ticket, session);
    if (!redirectUrl) throw missingParam('The query has neither redirectUrl nor session.');
    const name = await validateCasTicket(ctx, ticket, { redirectUrl });
    const userId = await userOfIdentity(ctx, { authProvider: CAS, externalId: name }, name);
    const { loginToken } = await createLoginToken(ctx, userId);
    return returnToClient(ctx, redirectUrl, loginToken, userId);
  },
});

/** Somebody confirms who they are to a session of user-interactive authentication. */
async function confirm(ctx: Context, ticket: string, sessionId: string): Promise<Response> {
  const session = await findUiAuthSession(ctx, sessionId);
  if (!session) return noSuchSession();
  const name = await validateCasTicket(ctx, ticket, { session: sessionId });
  await noteSsoVisit(ctx, session, await userOfIdentity(ctx, { authProvider: CAS, externalId: name }, name));
  return donePage();
}
