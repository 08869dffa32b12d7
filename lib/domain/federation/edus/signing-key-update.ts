import type { JsonObject } from '../../../spec/json.ts';
import { getUsersInSharedRooms } from '../../../storage/federation/remote-devices.ts';
import type { Context } from '../../context.ts';
import { readSigningKeys, storeSigningKeys } from '../remote-devices/remote-signing-keys.ts';
import { userOfOrigin } from './user-of-origin.ts';

/** `m.signing_key_update`: a user of another server has other cross-signing keys (server-server API, device management). */
export async function receiveSigningKeyUpdate(ctx: Context, origin: string, content: JsonObject): Promise<void> {
  const userId = userOfOrigin(origin, content['user_id']);
  if (userId === undefined || !(await getUsersInSharedRooms(ctx.db, [userId])).has(userId)) return;
  const { master_key: master, self_signing_key: selfSigning } = content;
  const keys = readSigningKeys(userId, { master, selfSigning });
  if (keys.length === 0) return;
  await ctx.db.tx((tx) => storeSigningKeys(tx, userId, keys));
  await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: [] });
}
