import { createHmac, timingSafeEqual } from 'node:crypto';
import { forbidden, MatrixError, unknown } from '../../spec/errors.ts';
import { randomString } from '../../spec/random.ts';
import { useRegistrationNonce } from '../../storage/accounts/registration-nonces.ts';
import type { Context } from '../context.ts';
import { createUser } from './create-user.ts';
import { checkNewPassword } from './password-policy.ts';

const NONCE_LIFETIME_MS = 60_000;
const NONCE = /^(\d{1,16})-[A-Za-z0-9]{20}-([0-9a-f]{32})$/;
const USER_TYPES: readonly unknown[] = ['bot', 'support'];

/** A registration signed with the shared secret. */
export interface SharedSecretRegistration {
  nonce: string;
  username: string;
  password: string;
  admin: boolean;
  userType?: string | null;
  displayName?: string;
  /** HMAC-SHA1 in hexadecimal. */
  mac: string;
}

/**
 * A nonce for one registration within a minute. It proves itself, so that giving one out stores nothing.
 * @throws MatrixError 400 M_UNKNOWN when there is no shared secret.
 */
export function newRegistrationNonce(ctx: Context): string {
  const secret = secretOf(ctx);
  const body = `${ctx.clock.now() + NONCE_LIFETIME_MS}-${randomString(20)}`;
  return `${body}-${proof(secret, body)}`;
}

/**
 * Registers a user for somebody who knows the shared secret (admin API, "Shared-secret registration").
 * @throws MatrixError 403 for a wrong MAC; 400 for a nonce that is unknown, old or used, and for what cannot be a user.
 */
export async function registerWithSharedSecret(
  ctx: Context,
  registration: SharedSecretRegistration,
): Promise<{ userId: string }> {
  const secret = secretOf(ctx);
  const { nonce, username, password, admin, userType, displayName } = registration;
  const now = ctx.clock.now();
  const expiresTs = expiryOf(secret, nonce);
  if (expiresTs === undefined || expiresTs <= now) throw unknown('unrecognised nonce');
  if (username === '' || username.length > 512 || username.includes('\0')) throw unknown('Invalid username');
  if (password.length > 512 || password.includes('\0')) throw unknown('Invalid password');
  if (userType != null && !USER_TYPES.includes(userType)) throw unknown('Invalid user type');
  const parts = [nonce, username, password, admin ? 'admin' : 'notadmin', ...(userType == null ? [] : [userType])];
  const wanted = createHmac('sha1', secret).update(parts.join('\0')).digest('hex');
  if (!isSame(wanted, registration.mac.toLowerCase())) throw forbidden('HMAC incorrect');
  checkNewPassword(password);
  if (!(await useRegistrationNonce(ctx.db, { nonce, expiresTs, now }))) throw unknown('unrecognised nonce');
  return createUser(ctx, {
    localpart: username.toLowerCase(),
    password,
    isAdmin: admin,
    userType: userType ?? null,
    displayName,
  });
}

function secretOf(ctx: Context): string {
  const secret = ctx.config.registrationSharedSecret;
  if (secret === undefined) throw new MatrixError(400, 'M_UNKNOWN', 'Shared secret registration is not enabled');
  return secret;
}

function expiryOf(secret: string, nonce: string): number | undefined {
  const match = NONCE.exec(nonce);
  if (!match || !isSame(proof(secret, nonce.slice(0, nonce.lastIndexOf('-'))), match[2] as string)) return undefined;
  return Number(match[1]);
}

function proof(secret: string, body: string): string {
  return createHmac('sha256', secret).update(`registration nonce ${body}`).digest('hex').slice(0, 32);
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
