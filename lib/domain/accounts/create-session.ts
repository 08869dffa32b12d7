import { invalidParam } from '../../spec/errors.ts';
import { isDeviceId, randomDeviceId } from '../../spec/ids.ts';
import { insertSession } from '../../storage/accounts/sessions.ts';
import type { Context } from '../context.ts';
import { changeSessions } from './change-sessions.ts';
import { hashToken, newToken } from './tokens.ts';

/** What {@link createSession} takes. */
export interface NewSession {
  userId: string;
  /** Absent: a new device with an id of our choice. */
  deviceId?: string | undefined;
  /** Name of the device if it is new. */
  initialDeviceDisplayName?: string | undefined;
  /** The client can refresh: the access token expires, and a refresh token comes with it. */
  refresh?: boolean | undefined;
}

/** A session as its client gets to know it. */
export interface Session {
  accessToken: string;
  deviceId: string;
  refreshToken?: string;
  /** Absent: never. */
  expiresInMs?: number;
  /** The device was not there before. */
  isNewDevice: boolean;
}

/** Longest name of a device, in UTF-16 units. */
export const LONGEST_DEVICE_NAME = 100;

/**
 * Opens a session. Tokens that the device had before end.
 * @throws MatrixError 400 M_INVALID_PARAM for a device id that cannot be.
 */
export async function createSession(ctx: Context, session: NewSession): Promise<Session> {
  const { userId, initialDeviceDisplayName: displayName } = session;
  const deviceId = session.deviceId ?? randomDeviceId();
  if (!isDeviceId(deviceId)) throw invalidParam('device_id has to have 1 to 255 bytes.');
  const issued = issueTokens(ctx, session.refresh ?? false);
  const insert = {
    userId,
    deviceId,
    displayName: displayName === undefined ? null : shortened(displayName),
    createdTs: ctx.clock.now(),
    ...issued.rows,
  };
  // Only a device that the client names can have tokens that anybody knows of.
  const { isNewDevice } =
    session.deviceId === undefined
      ? await ctx.db.tx((tx) => insertSession(tx, insert))
      : await changeSessions(ctx, userId, (tx) => insertSession(tx, insert));
  return { ...issued.answer, deviceId, isNewDevice };
}

/** Makes tokens: what the client gets, and what is stored. */
export function issueTokens(ctx: Pick<Context, 'config' | 'clock'>, refresh: boolean) {
  const accessToken = newToken('access');
  const accessHash = hashToken(accessToken);
  if (!refresh) {
    return {
      answer: { accessToken },
      rows: { accessHash, accessExpiresTs: null, refreshHash: null, refreshExpiresTs: null },
    };
  }
  const { accessTokenLifetimeMs: expiresInMs, refreshTokenLifetimeMs } = ctx.config.sessions;
  const now = ctx.clock.now();
  const refreshToken = newToken('refresh');
  return {
    answer: { accessToken, refreshToken, expiresInMs },
    rows: {
      accessHash,
      accessExpiresTs: now + expiresInMs,
      refreshHash: hashToken(refreshToken),
      refreshExpiresTs: refreshTokenLifetimeMs === undefined ? null : now + refreshTokenLifetimeMs,
    },
  };
}

/** A login should not fail for the name that a client made up for the device. */
function shortened(name: string): string {
  return name.replaceAll('\0', '').slice(0, LONGEST_DEVICE_NAME).toWellFormed();
}
