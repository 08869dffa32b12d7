import { forbidden, MatrixError } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import {
  completeUiAuthStage,
  setUiAuthParams,
  type UiAuthSessionRow,
} from '../../storage/accounts/ui-auth-sessions.ts';
import { getExternalIds } from '../../storage/admin/external-ids.ts';
import type { Context } from '../context.ts';
import { identityProviders } from './providers.ts';

/** Stage of user-interactive authentication that is done at an identity provider. */
export const SSO_STAGE = 'm.login.sso';
/** The user who visited the provider, among what a session remembers. */
const VISITOR = 'ssoUserId';

/** Whether a user can confirm who they are at an identity provider. */
export async function canConfirmBySso(ctx: Context, userId: string): Promise<boolean> {
  if (identityProviders(ctx).length === 0) return false;
  return (await getExternalIds(ctx.db, userId)).length > 0;
}

/** Notes who came back from the identity provider; completes the stage when it is whose session it is. */
export async function noteSsoVisit(ctx: Context, session: UiAuthSessionRow, userId: string): Promise<void> {
  const params = { ...(JSON.parse(session.params) as JsonObject), [VISITOR]: userId };
  await setUiAuthParams(ctx.db, session.sessionId, JSON.stringify(params));
  if (userId === session.userId) await completeUiAuthStage(ctx.db, session.sessionId, SSO_STAGE);
}

/**
 * Refuses a session in which somebody else came back from the provider.
 * @throws MatrixError 403 M_FORBIDDEN
 */
export function requireSameVisitor(session: UiAuthSessionRow): void {
  const visitor = (JSON.parse(session.params) as JsonObject)[VISITOR];
  if (visitor !== undefined && visitor !== session.userId) {
    throw forbidden('Another user than the one who asks has authenticated in this session.');
  }
}

/** The stage itself: only the provider's answer completes it. Always throws MatrixError 401. */
export async function checkSsoStage(): Promise<void> {
  throw new MatrixError(401, 'M_UNAUTHORIZED', 'The single sign-on has not been completed.');
}
