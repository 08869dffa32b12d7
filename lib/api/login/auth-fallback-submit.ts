import { z } from 'zod';
import { findUiAuthSession, runStage } from '../../domain/accounts/ui-auth.ts';
import { MatrixError } from '../../spec/errors.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';
import { donePage, formFields, noSuchSession, stagePage } from './auth-pages.ts';
import { readForm } from './read-form.ts';

const path = '/_matrix/client/v3/auth/{authType}/fallback/web';

/** Takes what was entered on the page of a stage (client-server API, "Fallback"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  rateLimit: 'login',
  query: z.object({ session: z.string().optional() }),
  async handle(ctx, { params, query, request, ip }) {
    const form = await readForm(request);
    const session = await findUiAuthSession(ctx, query.session ?? form.get('session') ?? '');
    if (!session) return noSuchSession();
    const authType = params['authType'] as string;
    if (session.completed.includes(authType)) return donePage();
    const fields = formFields(authType, form);
    if (!fields) return stagePage(ctx, authType);
    try {
      await runStage(ctx, session, { ...fields, type: authType }, ip);
    } catch (error) {
      if (error instanceof MatrixError && error.status === 401) return stagePage(ctx, authType, error.message);
      throw error;
    }
    return donePage();
  },
});
