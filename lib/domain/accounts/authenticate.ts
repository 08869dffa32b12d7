import { MatrixError, unknownToken } from '../../spec/errors.ts';
import { type AccessTokenRow, getAccessToken, markAccessTokenUsed } from '../../storage/accounts/access-tokens.ts';
import type { Context } from '../context.ts';
import { sharedOfUser } from '../shared-users.ts';
import { appservicesOf } from './appservices.ts';
import { changeSessions } from './change-sessions.ts';
import { lastSeenOf } from './last-seen.ts';
import type { Requester } from './requester.ts';
import { type KnownToken, tokenCacheOf } from './token-cache.ts';
import { tokenKey } from './tokens.ts';

/** What {@link authenticate} needs to know of the request. */
export interface AuthenticateOptions {
  /** Whom an application service asks for (`user_id`); without meaning for other tokens. */
  userId?: string | null;
  /** Its device (`device_id`). */
  deviceId?: string | null;
  ip: string;
  userAgent: string;
  /** The request is one that a locked account may make. */
  allowLocked: boolean;
  /** The request is one that a suspended account may make. */
  allowSuspended: boolean;
}

const LONGEST_TOKEN = 1_024;

/**
 * Finds out whose access token this is (client-server API, "Using access tokens").
 * @throws MatrixError 401 M_UNKNOWN_TOKEN (`soft_logout` when it has only expired), 401 M_USER_LOCKED,
 *   403 M_USER_SUSPENDED, 403 ORG_MATRIX_EXPIRED_ACCOUNT; 403 M_FORBIDDEN for a user that the application service has no say over.
 */
export async function authenticate(ctx: Context, token: string, options: AuthenticateOptions): Promise<Requester> {
  if (token.length > LONGEST_TOKEN) throw unknownToken('Unrecognised access token.');
  const key = tokenKey(token);
  const known = tokenCacheOf(ctx).get(key) ?? (await lookUp(ctx, key));
  if (!known) {
    const requester = await appservicesOf(ctx).authenticate(token, options);
    if (requester) return requester;
    throw unknownToken('Unrecognised access token.');
  }
  const { row, requester } = known;
  if (row.expiresTs !== null && row.expiresTs <= ctx.clock.now())
    throw unknownToken('The access token has expired.', true);
  if (row.accountExpiresTs !== null && row.accountExpiresTs <= ctx.clock.now() && !options.allowLocked) {
    throw new MatrixError(403, 'ORG_MATRIX_EXPIRED_ACCOUNT', 'This account has expired.');
  }
  if (row.locked && !options.allowLocked) {
    throw new MatrixError(401, 'M_USER_LOCKED', 'This account has been locked.', { soft_logout: true });
  }
  if (row.suspended && !options.allowSuspended) {
    throw new MatrixError(403, 'M_USER_SUSPENDED', 'You cannot perform this action while suspended.');
  }
  if (row.deviceId !== null) lastSeenOf(ctx).note(row.userId, row.deviceId, options.ip, options.userAgent);
  return requester;
}

async function lookUp(ctx: Context, key: string): Promise<KnownToken | undefined> {
  const cache = tokenCacheOf(ctx);
  const { generation } = cache;
  const row = await findToken(ctx, key);
  if (!row || row.deactivated) return undefined;
  const known = { row, requester: requesterOf(row) };
  if (row.refreshId !== null && !row.used) await firstUse(ctx, row, row.refreshId);
  cache.keep(key, known, generation);
  return known;
}

/** Processes that keep no tokens look into the shared cache first. */
async function findToken(ctx: Context, key: string): Promise<AccessTokenRow | undefined> {
  const ask = () => getAccessToken(ctx.db, Buffer.from(key, 'base64url'));
  if (ctx.streams.follows('caches')) return ask();
  const shared = `token:${key}`;
  const known = await ctx.shared.find<AccessTokenRow>(shared);
  if (known) return known;
  const row = await ask();
  // A token that its client shows for the first time is about to change.
  if (!row || row.deactivated || (row.refreshId !== null && !row.used)) return row;
  // Only now it is known whose it is; what is kept has to be read after the version.
  return sharedOfUser(ctx, shared, row.userId, ask);
}

/** The tokens before this one end as soon as the client shows that it has got this one. */
async function firstUse(ctx: Context, row: AccessTokenRow, refreshId: number): Promise<void> {
  await changeSessions(ctx, row.userId, (tx) => markAccessTokenUsed(tx, { tokenId: row.tokenId, refreshId }));
}

function requesterOf(row: AccessTokenRow): Requester {
  const { userId, deviceId, isGuest, isAdmin, tokenId } = row;
  const requester: Requester = { userId, deviceId, isGuest, isAdmin, tokenId };
  if (row.suspended) requester.suspended = true;
  if (row.shadowBanned) requester.shadowBanned = true;
  return Object.freeze(requester);
}
