import { MatrixError, missingToken } from '../../spec/errors.ts';
import { getKeyReplacementEnd } from '../../storage/accounts/users.ts';
import type { Context } from '../context.ts';
import { canConfirmBySso, SSO_STAGE } from '../sso/sso-stage.ts';
import type { Requester } from './requester.ts';
import { type AuthDict, endUiAuth, requireUiAuth } from './ui-auth.ts';

/** The part of an endpoint's request that {@link confirmIdentity} reads. */
export interface IdentityRequest {
  requester: Requester | undefined;
  request: { method: string };
  rawUri: string;
  body: { auth?: AuthDict | null };
  ip: string;
}

/**
 * Makes sure that whoever holds the access token is its user, by user-interactive authentication. Application services
 * need none. A session is good for one operation.
 * @throws UiAuthRequired 401 with flows; MatrixError 403 for another user's password or another operation, 401
 *   M_MISSING_TOKEN without an access token, 403 M_GUEST_ACCESS_FORBIDDEN for a guest.
 */
export async function confirmIdentity(ctx: Context, req: IdentityRequest): Promise<Requester> {
  const { requester } = req;
  if (!requester) throw missingToken();
  if (requester.isGuest) throw new MatrixError(403, 'M_GUEST_ACCESS_FORBIDDEN', 'Guests may not do this.');
  if (requester.appserviceId !== undefined) return requester;
  const session = await requireUiAuth(ctx, {
    flows: await flowsOf(ctx, requester.userId),
    method: req.request.method,
    path: req.rawUri.replace(/\?.*$/s, ''),
    userId: requester.userId,
    auth: req.body.auth,
    ip: req.ip,
  });
  await endUiAuth(ctx, session);
  return requester;
}

/** {@link confirmIdentity} before cross-signing keys are replaced, unless an administrator has opened that. */
export async function confirmKeyReplacement(ctx: Context, req: IdentityRequest): Promise<void> {
  const { requester } = req;
  const openUntil = requester ? await getKeyReplacementEnd(ctx.db, requester.userId) : null;
  if (openUntil === null || openUntil <= ctx.clock.now()) await confirmIdentity(ctx, req);
}

async function flowsOf(ctx: Context, userId: string): Promise<string[][]> {
  return (await canConfirmBySso(ctx, userId)) ? [['m.login.password'], [SSO_STAGE]] : [['m.login.password']];
}
