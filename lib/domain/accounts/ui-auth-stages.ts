import { forbidden, MatrixError } from '../../spec/errors.ts';
import { holdRegistrationToken } from '../../storage/accounts/registration-tokens.ts';
import type { UiAuthSessionRow } from '../../storage/accounts/ui-auth-sessions.ts';
import type { Context } from '../context.ts';
import { takeFromLimit } from '../rate-limits.ts';
import { checkSsoStage, SSO_STAGE } from '../sso/sso-stage.ts';
import { checkEmailStage } from '../threepids/email-stage.ts';
import { checkPassword } from './check-password.ts';
import { type HasIdentifier, identifierOf } from './identify.ts';
import { checkRecaptcha } from './recaptcha.ts';
import { isRegistrationToken } from './registration-token.ts';

/** What a stage looks at. */
export interface StageAttempt {
  session: UiAuthSessionRow;
  auth: Record<string, unknown>;
  ip: string;
}

/** A stage of user-interactive authentication. */
export interface UiAuthStage {
  /** Returns when the stage is done. Throws MatrixError 401 when the client may try again, another to refuse. */
  check(ctx: Context, attempt: StageAttempt): Promise<void>;
  /** What clients need to know to do it. */
  params?(ctx: Context): Record<string, unknown> | undefined;
}

/** The stages there are, by type ("Authentication types"). */
export const uiAuthStages: ReadonlyMap<string, UiAuthStage> = new Map<string, UiAuthStage>([
  ['m.login.dummy', { check: async () => {} }],
  ['m.login.password', { check: checkPasswordStage }],
  [SSO_STAGE, { check: checkSsoStage }],
  ['m.login.email.identity', { check: checkEmailStage }],
  ['m.login.registration_token', { check: checkRegistrationTokenStage }],
  [
    'm.login.recaptcha',
    {
      check: (ctx, { auth, ip }) => checkRecaptcha(ctx, auth['response'], ip),
      params: (ctx) => ({ public_key: ctx.config.recaptcha.publicKey }),
    },
  ],
]);

/** What the 401 answer says about a stage. */
export function stageParams(ctx: Context, stage: string): Record<string, unknown> | undefined {
  return uiAuthStages.get(stage)?.params?.(ctx);
}

async function checkPasswordStage(ctx: Context, { session, auth }: StageAttempt): Promise<void> {
  const { password } = auth;
  if (typeof password !== 'string') throw failed('M_MISSING_PARAM', 'auth has no password.');
  let userId: string;
  try {
    ({ userId } = await checkPassword(ctx, identifierOf(auth as HasIdentifier), password));
  } catch (error) {
    if (error instanceof MatrixError && error.status !== 429) throw failed(error.errcode, error.message);
    throw error;
  }
  // Whoever holds somebody's access token must not get further with a password of their own.
  if (userId !== session.userId) throw forbidden('The password is that of another user.');
}

async function checkRegistrationTokenStage(ctx: Context, { session, auth, ip }: StageAttempt): Promise<void> {
  await takeFromLimit(ctx, 'login', `registration token ${ip}`);
  const { token } = auth;
  if (typeof token !== 'string') throw failed('M_MISSING_PARAM', 'auth has no token.');
  const { sessionId } = session;
  const held =
    isRegistrationToken(token) && (await holdRegistrationToken(ctx.db, { token, sessionId, now: ctx.clock.now() }));
  if (!held) throw failed('M_UNAUTHORIZED', 'The registration token is not valid.');
}

function failed(errcode: string, message: string): MatrixError {
  return new MatrixError(401, errcode, message);
}
