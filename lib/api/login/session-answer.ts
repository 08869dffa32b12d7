import { createSession, type NewSession } from '../../domain/accounts/create-session.ts';
import type { Context } from '../../domain/context.ts';
import { serverNameOf } from '../../spec/ids.ts';

/**
 * Opens a session and says so as `/login` and `/register` do.
 * @param isNewUser nobody can know of the devices yet, so nobody is told of the new one.
 */
export async function openSession(
  ctx: Context,
  session: NewSession,
  { isNewUser }: { isNewUser: boolean },
): Promise<Record<string, unknown>> {
  const { userId } = session;
  const { accessToken, deviceId, refreshToken, expiresInMs, isNewDevice } = await createSession(ctx, session);
  if (isNewDevice && !isNewUser) await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: [deviceId] });
  return {
    user_id: userId,
    access_token: accessToken,
    home_server: serverNameOf(userId),
    device_id: deviceId,
    refresh_token: refreshToken,
    expires_in_ms: expiresInMs,
  };
}
