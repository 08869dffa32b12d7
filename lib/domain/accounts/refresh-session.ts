import { MatrixError, unknownToken } from '../../spec/errors.ts';
import { getRefreshToken, setNextRefreshToken, startRefresh } from '../../storage/accounts/refresh-tokens.ts';
import { insertTokens } from '../../storage/accounts/sessions.ts';
import type { Context } from '../context.ts';
import { changeSessions } from './change-sessions.ts';
import { issueTokens } from './create-session.ts';
import { hashToken } from './tokens.ts';

/** What a client gets for a refresh token. */
export interface RefreshedSession {
  accessToken: string;
  refreshToken?: string;
  expiresInMs?: number;
}

/**
 * Exchanges a refresh token for new tokens ("Refreshing access tokens"). The old ones work until a new one is used, so a
 * client that misses the answer can ask again.
 * @throws MatrixError 401 M_UNKNOWN_TOKEN (`soft_logout` when it has only expired), 401 M_USER_LOCKED
 */
export async function refreshSession(ctx: Context, refreshToken: string): Promise<RefreshedSession> {
  const old = await getRefreshToken(ctx.db, hashToken(refreshToken));
  if (!old) throw unknownToken('The refresh token is unknown or was used.');
  const createdTs = ctx.clock.now();
  if (old.expiresTs !== null && old.expiresTs <= createdTs) throw unknownToken('The refresh token has expired.', true);
  if (old.locked) {
    throw new MatrixError(401, 'M_USER_LOCKED', 'This account has been locked.', { soft_logout: true });
  }
  const { userId, deviceId, refreshId } = old;
  const issued = issueTokens(ctx, true);
  const done = await changeSessions(ctx, userId, async (tx) => {
    if (!(await startRefresh(tx, refreshId))) return false;
    await setNextRefreshToken(tx, refreshId, await insertTokens(tx, { userId, deviceId, createdTs, ...issued.rows }));
    return true;
  });
  if (!done) throw unknownToken('The refresh token is unknown or was used.');
  return issued.answer;
}
