import { forbidden, missingParam } from '../../spec/errors.ts';
import { localpartOf } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import { setRegisteredUser, setUiAuthParams, type UiAuthSessionRow } from '../../storage/accounts/ui-auth-sessions.ts';
import { getUser, upgradeGuest } from '../../storage/accounts/users.ts';
import type { Context } from '../context.ts';
import { takeFromLimit } from '../rate-limits.ts';
import { checkThreepidFree, giveThreepid } from '../threepids/add-threepid.ts';
import { threepidOf } from '../threepids/email-stage.ts';
import { authenticate } from './authenticate.ts';
import { changeSessions } from './change-sessions.ts';
import { createUser } from './create-user.ts';
import { hashPassword } from './password-hash.ts';
import { checkNewPassword } from './password-policy.ts';
import { registrationFlows } from './registration-flows.ts';
import { type AuthDict, findUiAuthSession, requireUiAuth, UiAuthRequired } from './ui-auth.ts';
import { checkUsername } from './username.ts';

/** What can be chosen at registration and is remembered through its stages. */
export interface RegistrationChoices {
  username?: string;
  deviceId?: string;
  initialDeviceDisplayName?: string;
  inhibitLogin?: boolean;
  refresh?: boolean;
}

/** A request to register a user. */
export interface RegistrationRequest {
  auth: AuthDict | null | undefined;
  choices: RegistrationChoices;
  password: string | undefined;
  /** The token of the guest who becomes a user. */
  guestAccessToken: string | undefined;
  path: string;
  ip: string;
  userAgent: string;
}

/** How long the answer to a registration can be asked for again. */
const REPEATABLE_MS = 600_000;

/**
 * Registers a user by user-interactive authentication. Asked again with the session that has done it, it gives the same
 * account.
 * @throws UiAuthRequired 401; MatrixError 403 M_FORBIDDEN when registration is closed, 400 M_USER_IN_USE,
 *   M_INVALID_USERNAME, M_EXCLUSIVE, M_WEAK_PASSWORD, M_MISSING_PARAM, 429.
 */
export async function registerUser(
  ctx: Context,
  request: RegistrationRequest,
): Promise<{ userId: string; choices: RegistrationChoices }> {
  if (!ctx.config.enableRegistration) throw forbidden('Registration has been disabled');
  const sessionId = request.auth?.session;
  const before = sessionId === undefined ? undefined : await findUiAuthSession(ctx, sessionId);
  // One session is one account; its stages bound their own tries.
  if (!before || before.registeredUserId !== null) await takeFromLimit(ctx, 'registration', request.ip);
  if (before?.registeredUserId) return repeat(ctx, before, before.registeredUserId);
  if (request.password !== undefined) checkNewPassword(request.password);
  const guest = await guestOf(ctx, request);
  const { username } = request.choices;
  if (username !== undefined) await checkChoice(ctx, username, guest);

  const session = await authorise(ctx, request);
  const { passwordHash: remembered, ...choices } = JSON.parse(session.params) as RegistrationChoices & {
    passwordHash?: string;
  };
  if (request.password === undefined && remembered === undefined) throw missingParam('The body has no password.');
  const passwordHash =
    request.password === undefined ? remembered : await hashPassword(request.password, ctx.config.passwordHash);
  if (choices.username !== undefined && username === undefined) await checkChoice(ctx, choices.username, guest);
  const threepid = threepidOf(session);
  if (threepid) await checkThreepidFree(ctx, threepid);
  const userId = guest
    ? await upgrade(ctx, guest, passwordHash ?? null)
    : (await createUser(ctx, { localpart: choices.username, passwordHash })).userId;
  await setRegisteredUser(ctx.db, session.sessionId, userId);
  if (threepid) await giveThreepid(ctx, userId, threepid);
  return { userId, choices };
}

async function authorise(ctx: Context, request: RegistrationRequest): Promise<UiAuthSessionRow> {
  try {
    return await requireUiAuth(ctx, {
      flows: registrationFlows(ctx.config),
      method: 'POST',
      path: request.path,
      userId: null,
      auth: request.auth,
      params: { ...request.choices } as JsonObject,
      ip: request.ip,
    });
  } catch (error) {
    // A client may send the password once, at the start. It is kept as it will be stored.
    if (error instanceof UiAuthRequired && request.password !== undefined) {
      await rememberPassword(ctx, error.sessionId, request.password);
    }
    throw error;
  }
}

async function rememberPassword(ctx: Context, sessionId: string, password: string): Promise<void> {
  const session = await findUiAuthSession(ctx, sessionId);
  if (!session) return;
  const params = JSON.parse(session.params) as JsonObject;
  if (params['passwordHash'] !== undefined) return;
  params['passwordHash'] = await hashPassword(password, ctx.config.passwordHash);
  await setUiAuthParams(ctx.db, sessionId, JSON.stringify(params));
}

async function repeat(
  ctx: Context,
  session: UiAuthSessionRow,
  userId: string,
): Promise<{ userId: string; choices: RegistrationChoices }> {
  const user = await getUser(ctx.db, userId);
  if (!user || user.deactivatedTs !== null || user.createdTs < ctx.clock.now() - REPEATABLE_MS) {
    throw forbidden('This session has registered an account already.');
  }
  return { userId, choices: JSON.parse(session.params) as RegistrationChoices };
}

/** The user id of the guest who asks to become a user. */
async function guestOf(ctx: Context, request: RegistrationRequest): Promise<string | undefined> {
  if (request.guestAccessToken === undefined) return undefined;
  const { ip, userAgent } = request;
  const guest = await authenticate(ctx, request.guestAccessToken, {
    ip,
    userAgent,
    allowLocked: false,
    allowSuspended: false,
  });
  if (!guest.isGuest) throw forbidden('guest_access_token is not that of a guest.');
  return guest.userId;
}

async function checkChoice(ctx: Context, username: string, guest: string | undefined): Promise<void> {
  if (guest === undefined) await checkUsername(ctx, username);
  else if (username !== localpartOf(guest)) throw forbidden('A guest keeps the user name.');
}

async function upgrade(ctx: Context, userId: string, passwordHash: string | null): Promise<string> {
  const done = await changeSessions(ctx, userId, (tx) => upgradeGuest(tx, userId, passwordHash));
  if (!done) throw forbidden('This guest is a user already.');
  return userId;
}
