import { getDevices } from '../../storage/accounts/devices.ts';
import type { Context } from '../context.ts';
import { localUser } from './local-user.ts';

/** Where a user's devices were last seen. */
export async function whois(ctx: Context, userId: string): Promise<object> {
  await localUser(ctx, userId);
  const seen = (await getDevices(ctx.db, userId)).filter((device) => device.lastSeenTs !== null);
  const connections = seen.map((device) => ({
    ip: device.lastSeenIp,
    last_seen: device.lastSeenTs,
    user_agent: device.lastSeenUserAgent,
  }));
  return { user_id: userId, devices: { '': { sessions: [{ connections }] } } };
}
