import { MatrixError } from '../../spec/errors.ts';
import { getUserByThreepid } from '../../storage/accounts/threepids.ts';
import { type AuthDict, endUiAuth, requireUiAuth } from '../accounts/ui-auth.ts';
import type { Context } from '../context.ts';
import { threepidOf } from './email-stage.ts';

/**
 * Whose account somebody without an access token may set a new password for: whose e-mail address they have shown to be
 * theirs (client-server API, "Password management").
 * @throws UiAuthRequired 401 with flows; MatrixError 404 M_THREEPID_NOT_FOUND when the account has lost the address.
 */
export async function identifyByEmail(
  ctx: Context,
  req: { path: string; auth: AuthDict | null | undefined; ip: string },
): Promise<string> {
  const session = await requireUiAuth(ctx, {
    flows: [['m.login.email.identity']],
    method: 'POST',
    path: req.path,
    userId: null,
    auth: req.auth,
    ip: req.ip,
  });
  await endUiAuth(ctx, session);
  const threepid = threepidOf(session);
  const userId = threepid && (await getUserByThreepid(ctx.db, threepid.medium, threepid.address));
  if (userId === undefined) {
    throw new MatrixError(404, 'M_THREEPID_NOT_FOUND', 'No account has this e-mail address any more.');
  }
  return userId;
}
