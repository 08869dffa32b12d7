import { deleteAccessToken } from '../../storage/accounts/access-tokens.ts';
import type { Context } from '../context.ts';
import { changeSessions } from './change-sessions.ts';
import { deleteAllDevices, deleteDevices } from './delete-devices.ts';
import type { Requester } from './requester.ts';

/** Ends the session of an access token, and its device. An application service's own token has no session to end. */
export async function logout(ctx: Context, requester: Requester): Promise<void> {
  if (requester.appserviceId !== undefined) return;
  if (requester.deviceId !== null) await deleteDevices(ctx, requester.userId, [requester.deviceId]);
  else await changeSessions(ctx, requester.userId, (tx) => deleteAccessToken(tx, requester.tokenId));
}

/** Ends all sessions of a user, and all devices. */
export async function logoutEverywhere(ctx: Context, requester: Requester): Promise<void> {
  await logout(ctx, requester);
  await deleteAllDevices(ctx, requester.userId);
}
