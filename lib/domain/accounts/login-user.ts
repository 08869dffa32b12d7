import { forbidden, MatrixError, missingParam, unknown } from '../../spec/errors.ts';
import { insertLoginToken, takeLoginToken } from '../../storage/accounts/login-tokens.ts';
import { getUser, type UserRow } from '../../storage/accounts/users.ts';
import type { Context } from '../context.ts';
import { CAS } from '../sso/cas.ts';
import { identityProviders } from '../sso/providers.ts';
import { appservicesOf } from './appservices.ts';
import { checkPassword } from './check-password.ts';
import { findUser, type HasIdentifier, identifierOf } from './identify.ts';
import { hashToken, newToken } from './tokens.ts';

/** What a login says of who it is. */
export interface LoginAttempt extends HasIdentifier {
  type: string;
  password?: string;
  token?: string;
  /** The `as_token` that an application service sent with the request. */
  appserviceToken?: string;
}

/** The ways to log in, as `GET /login` lists them. */
export function loginFlows(ctx: Context): Record<string, unknown>[] {
  const providers = identityProviders(ctx);
  return [
    { type: 'm.login.password' },
    ...(providers.length > 0 ? [{ type: 'm.login.sso', identity_providers: providers }] : []),
    // Clients from before m.login.sso look for this one.
    ...(providers.some(({ id }) => id === CAS) ? [{ type: 'm.login.cas' }] : []),
    { type: 'm.login.token', get_login_token: true },
    { type: 'm.login.application_service' },
  ];
}

/**
 * Finds out who logs in, and whether they may.
 * @throws MatrixError 403 M_FORBIDDEN, 403 M_USER_DEACTIVATED, 401 M_USER_LOCKED, 400 M_UNKNOWN for another type of login
 */
export async function loginUser(ctx: Context, attempt: LoginAttempt): Promise<UserRow> {
  const user = await userOf(ctx, attempt);
  if (user.deactivatedTs !== null) {
    throw new MatrixError(403, 'M_USER_DEACTIVATED', 'This account has been deactivated.');
  }
  if (user.locked) throw new MatrixError(401, 'M_USER_LOCKED', 'This account has been locked.', { soft_logout: true });
  return user;
}

/** Makes a token with which somebody else's client can log in as this user, once. */
export async function createLoginToken(
  ctx: Context,
  userId: string,
): Promise<{ loginToken: string; expiresInMs: number }> {
  const expiresInMs = ctx.config.sessions.loginTokenLifetimeMs;
  const loginToken = newToken('login');
  await insertLoginToken(ctx.db, {
    tokenHash: hashToken(loginToken),
    userId,
    expiresTs: ctx.clock.now() + expiresInMs,
  });
  return { loginToken, expiresInMs };
}

async function userOf(ctx: Context, attempt: LoginAttempt): Promise<UserRow> {
  switch (attempt.type) {
    case 'm.login.password':
      if (attempt.password === undefined) throw missingParam('The body has no password.');
      return checkPassword(ctx, identifierOf(attempt), attempt.password);
    case 'm.login.token':
      if (attempt.token === undefined) throw missingParam('The body has no token.');
      return userOfToken(ctx, attempt.token);
    case 'm.login.application_service':
      return userOfAppservice(ctx, attempt);
    default:
      throw unknown('This type of login is not known.');
  }
}

async function userOfToken(ctx: Context, token: string): Promise<UserRow> {
  const userId = await takeLoginToken(ctx.db, hashToken(token), ctx.clock.now());
  const user = userId === undefined ? undefined : await getUser(ctx.db, userId);
  if (!user) throw forbidden('Invalid login token');
  return user;
}

async function userOfAppservice(ctx: Context, attempt: LoginAttempt): Promise<UserRow> {
  const appservices = appservicesOf(ctx);
  const service = await appservices.authenticate(attempt.appserviceToken ?? '', {});
  if (!service?.appserviceId) throw forbidden('This login needs the token of an application service.');
  const user = await findUser(ctx, identifierOf(attempt));
  if (!user) throw forbidden('This user is not registered.');
  if (user.userId !== service.userId && appservices.exclusiveOwner(user.userId) !== service.appserviceId) {
    throw new MatrixError(400, 'M_EXCLUSIVE', 'This user is outside the namespaces of the application service.');
  }
  return user;
}
