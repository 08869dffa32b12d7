import { notFound } from '../../../spec/errors.ts';
import { serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getUser } from '../../../storage/accounts/users.ts';
import { getDeviceListPosition } from '../../../storage/federation/device-lists.ts';
import type { Context } from '../../context.ts';
import { queryOwnKeys } from '../../e2ee/query-keys.ts';

/**
 * The devices of a user with their keys, and the user's cross-signing keys (server-server API, `GET
 * /user/devices/{userId}`). `stream_id` goes up whenever one of them changes.
 * @throws MatrixError 404 M_NOT_FOUND for somebody who is no user of this server
 */
export async function userDevices(ctx: Context, userId: string): Promise<JsonObject> {
  const isOurs = serverNameOf(userId) === ctx.serverName && !userId.includes('\0');
  if (!isOurs || !(await getUser(ctx.db, userId))) throw notFound(`There is no user ${userId} on this server.`);
  // The position first: what changes in between comes once more rather than never.
  const streamId = await getDeviceListPosition(ctx.db, userId);
  const keys = await queryOwnKeys(ctx, null, new Map([[userId, []]]));
  const devices = Object.entries(keys.device_keys[userId] ?? {}).map(([deviceId, device]) => {
    const { unsigned, ...own } = device;
    const name = (unsigned as JsonObject | undefined)?.['device_display_name'];
    return { device_id: deviceId, keys: own, ...(typeof name === 'string' ? { device_display_name: name } : {}) };
  });
  const master = keys.master_keys[userId];
  const selfSigning = keys.self_signing_keys[userId];
  return {
    user_id: userId,
    stream_id: streamId,
    devices,
    ...(master ? { master_key: master } : {}),
    ...(selfSigning ? { self_signing_key: selfSigning } : {}),
  };
}
