import { timingSafeEqual } from 'node:crypto';
import { invalidParam, MatrixError } from '../../spec/errors.ts';
import { randomString } from '../../spec/random.ts';
import { getUserByThreepid } from '../../storage/accounts/threepids.ts';
import {
  countThreepidFailure,
  findThreepidSession,
  getThreepidSession,
  openThreepidSession,
  pruneThreepidSessions,
  type ThreepidPurpose,
  type ThreepidSessionRow,
  takeThreepidSession,
  validateThreepidSession,
} from '../../storage/threepids/sessions.ts';
import { canonicalAddress } from '../accounts/identify.ts';
import { hashToken } from '../accounts/tokens.ts';
import type { Context } from '../context.ts';
import { takeFromLimit } from '../rate-limits.ts';
import { validationMail } from './validation-mail.ts';

/** How long the link in a mail works. */
const TOKEN_LIFETIME_MS = 3_600_000;
/** How long a validated address may be made use of. */
const SESSION_LIFETIME_MS = 24 * 3_600_000;
const MOST_FAILURES = 10;
const CLIENT_SECRET = /^[0-9a-zA-Z.=_-]{1,255}$/;
const EMAIL = /^[^\s@<>,;:"\\()[\]\0]+@[^\s@<>,;:"\\()[\]\0]+$/;

const SUBMIT_PATHS: Record<ThreepidPurpose, string> = {
  add: '/_matrix/client/unstable/add_threepid/email/submit_token',
  register: '/_matrix/client/unstable/registration/email/submit_token',
  password: '/_synapse/client/password_reset/email/submit_token',
};

/** A request for a mail that validates an address. */
export interface TokenRequest {
  purpose: ThreepidPurpose;
  email: string;
  clientSecret: string;
  sendAttempt: number;
  nextLink?: string;
  ip: string;
}

/** How a client names a session: its id and the secret that it was opened with. */
export interface ThreepidCredentials {
  sid: string;
  clientSecret: string;
}

/** An address that was validated. */
export interface ValidatedThreepid {
  medium: string;
  address: string;
  validatedTs: number;
}

/** Whether this server can send e-mail. */
export function canMail(ctx: Context): boolean {
  return ctx.config.email.smtpHost !== undefined;
}

/**
 * Sends a mail with a link that validates an address. The same attempt is answered again without another mail.
 * @returns the session's id
 * @throws MatrixError 400 M_THREEPID_MEDIUM_NOT_SUPPORTED, M_INVALID_PARAM, M_THREEPID_IN_USE, M_THREEPID_NOT_FOUND; 429;
 *   500 when the mail is not accepted.
 */
export async function requestEmailToken(ctx: Context, request: TokenRequest): Promise<string> {
  const { purpose, clientSecret, sendAttempt, nextLink } = request;
  if (!canMail(ctx)) {
    throw new MatrixError(400, 'M_THREEPID_MEDIUM_NOT_SUPPORTED', 'This server does not send e-mail.');
  }
  checkClientSecret(clientSecret);
  const address = canonicalAddress('email', request.email);
  if (address.length > 254 || !EMAIL.test(address)) throw invalidParam('This is not an e-mail address.');
  if (nextLink !== undefined && !/^https?:\/\//i.test(nextLink)) throw invalidParam('next_link is not a web address.');
  await takeFromLimit(ctx, 'login', `mail from ${request.ip}`);
  await takeFromLimit(ctx, 'login', `mail to ${address}`);
  const owner = await getUserByThreepid(ctx.db, 'email', address);
  if (purpose === 'password' && owner === undefined) {
    throw new MatrixError(400, 'M_THREEPID_NOT_FOUND', 'No account has this e-mail address.');
  }
  if (purpose !== 'password' && owner !== undefined) {
    throw new MatrixError(400, 'M_THREEPID_IN_USE', 'This e-mail address belongs to an account already.');
  }
  const token = randomString(32);
  const key = { purpose, address, clientSecret };
  const sid = await openThreepidSession(ctx.db, {
    ...key,
    sid: randomString(24),
    medium: 'email',
    tokenHash: hashToken(token),
    sendAttempt,
    nextLink: nextLink ?? null,
    sentTs: ctx.clock.now(),
  });
  if (sid === undefined) return (await findThreepidSession(ctx.db, key)) ?? randomString(24);
  const query = new URLSearchParams({ token, client_secret: clientSecret, sid });
  const link = `${ctx.config.publicBaseUrl}${SUBMIT_PATHS[purpose]}?${query}`;
  try {
    await ctx.mail.send(validationMail(address, purpose, link, ctx.serverName));
  } catch (error) {
    ctx.log.warn({ err: error }, 'a mail that validates an address was not accepted');
    // The client asks again with the same attempt.
    await takeThreepidSession(ctx.db, sid);
    throw new MatrixError(500, 'M_UNKNOWN', 'The e-mail could not be sent.');
  }
  return sid;
}

/**
 * Validates an address by the token of its mail.
 * @returns where the browser is to go, null for nowhere; undefined when the token is wrong or too old.
 */
export async function submitToken(
  ctx: Context,
  purpose: ThreepidPurpose,
  given: ThreepidCredentials & { token: string },
): Promise<{ nextLink: string | null } | undefined> {
  const session = await sessionOf(ctx, purpose, given);
  if (!session || session.failures >= MOST_FAILURES) return undefined;
  if (!timingSafeEqual(hashToken(given.token), session.tokenHash)) {
    await countThreepidFailure(ctx.db, session.sid);
    return undefined;
  }
  if (session.validatedTs === null) {
    if (session.sentTs < ctx.clock.now() - TOKEN_LIFETIME_MS) return undefined;
    await validateThreepidSession(ctx.db, session.sid, ctx.clock.now());
  }
  return { nextLink: session.nextLink };
}

/** The address that a session has validated; undefined when it has not. */
export async function validatedThreepid(
  ctx: Context,
  purpose: ThreepidPurpose,
  given: ThreepidCredentials,
): Promise<ValidatedThreepid | undefined> {
  const session = await sessionOf(ctx, purpose, given);
  if (!session || session.validatedTs === null) return undefined;
  if (session.validatedTs < ctx.clock.now() - SESSION_LIFETIME_MS) return undefined;
  return { medium: session.medium, address: session.address, validatedTs: session.validatedTs };
}

/** Makes use of what a session has validated, once. As {@link validatedThreepid}. */
export async function takeValidatedThreepid(
  ctx: Context,
  purpose: ThreepidPurpose,
  given: ThreepidCredentials,
): Promise<ValidatedThreepid | undefined> {
  const threepid = await validatedThreepid(ctx, purpose, given);
  return threepid && (await takeThreepidSession(ctx.db, given.sid)) ? threepid : undefined;
}

/** Removes sessions that have ended. */
export async function pruneValidation(ctx: Pick<Context, 'db' | 'clock'>): Promise<void> {
  await pruneThreepidSessions(ctx.db, ctx.clock.now() - SESSION_LIFETIME_MS - TOKEN_LIFETIME_MS);
}

/** @throws MatrixError 400 M_INVALID_PARAM */
export function checkClientSecret(clientSecret: string): void {
  if (!CLIENT_SECRET.test(clientSecret)) throw invalidParam('client_secret has characters that it may not have.');
}

async function sessionOf(
  ctx: Context,
  purpose: ThreepidPurpose,
  { sid, clientSecret }: ThreepidCredentials,
): Promise<ThreepidSessionRow | undefined> {
  if (sid.includes('\0')) return undefined;
  const session = await getThreepidSession(ctx.db, sid);
  if (!session || session.purpose !== purpose) return undefined;
  return timingSafeEqual(hashToken(session.clientSecret), hashToken(clientSecret)) ? session : undefined;
}
