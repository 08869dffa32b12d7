import { MatrixError } from '../../spec/errors.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { setUiAuthParams, type UiAuthSessionRow } from '../../storage/accounts/ui-auth-sessions.ts';
import type { Context } from '../context.ts';
import { takeValidatedThreepid, type ValidatedThreepid } from './validation.ts';

/** Of what the stage found, and under which name, a session remembers. */
const REMEMBERED = 'threepid';

/**
 * The stage `m.login.email.identity` (client-server API, "Email-based"): who asks has shown that an address is theirs.
 * The session remembers the address, and what validated it is used up.
 * @throws MatrixError 401 M_MISSING_PARAM, M_UNAUTHORIZED
 */
export async function checkEmailStage(
  ctx: Context,
  { session, auth }: { session: UiAuthSessionRow; auth: Record<string, unknown> },
): Promise<void> {
  const given = auth['threepid_creds'] ?? auth['threepidCreds'];
  const sid = isJsonObject(given) ? given['sid'] : undefined;
  const clientSecret = isJsonObject(given) ? given['client_secret'] : undefined;
  if (typeof sid !== 'string' || typeof clientSecret !== 'string') {
    throw new MatrixError(401, 'M_MISSING_PARAM', 'auth has no threepid_creds.');
  }
  const purpose = session.path.endsWith('/register') ? 'register' : 'password';
  const threepid = await takeValidatedThreepid(ctx, purpose, { sid, clientSecret });
  if (!threepid) throw new MatrixError(401, 'M_UNAUTHORIZED', 'The e-mail address has not been validated.');
  const params = { ...(JSON.parse(session.params) as JsonObject), [REMEMBERED]: { ...threepid } };
  session.params = JSON.stringify(params);
  await setUiAuthParams(ctx.db, session.sessionId, session.params);
}

/** The address that was shown in a session of user-interactive authentication. */
export function threepidOf(session: Pick<UiAuthSessionRow, 'params'>): ValidatedThreepid | undefined {
  return (JSON.parse(session.params) as Record<string, ValidatedThreepid | undefined>)[REMEMBERED];
}
