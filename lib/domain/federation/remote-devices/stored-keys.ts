import { getCrossSigningKeys } from '../../../storage/e2ee/cross-signing.ts';
import {
  getRemoteDevices,
  getUsersInSharedRooms,
  getUsersWithFreshLists,
} from '../../../storage/federation/remote-devices.ts';
import type { Context } from '../../context.ts';
import type { QueriedKeys } from '../../e2ee/query-keys.ts';

/** Of these users of other servers those whose servers tell us of changes, so that their lists can be kept. */
export function mayBeKept(ctx: Context, userIds: readonly string[]): Promise<Set<string>> {
  return getUsersInSharedRooms(ctx.db, userIds);
}

/**
 * Keys of users of other servers as they are stored here; whose list is not stored, or may be out of date, is left out.
 * @param wanted user id → device ids, or none for all
 */
export async function storedKeys(ctx: Context, wanted: ReadonlyMap<string, string[]>): Promise<QueriedKeys> {
  const keys: QueriedKeys = { device_keys: {}, master_keys: {}, self_signing_keys: {}, user_signing_keys: {} };
  const fresh = [...(await getUsersWithFreshLists(ctx.db, [...wanted.keys()]))];
  if (fresh.length === 0) return keys;
  const [devices, crossSigning] = await Promise.all([
    getRemoteDevices(ctx.db, fresh),
    getCrossSigningKeys(ctx.db, fresh),
  ]);
  for (const userId of fresh) keys.device_keys[userId] = {};
  for (const { userId, deviceId, json, displayName } of devices) {
    const ids = wanted.get(userId) ?? [];
    if (json === null || (ids.length > 0 && !ids.includes(deviceId))) continue;
    const { unsigned: _unsigned, ...device } = JSON.parse(json);
    const unsigned = displayName === null ? {} : { device_display_name: displayName };
    Object.assign(keys.device_keys[userId] ?? {}, { [deviceId]: { ...device, unsigned } });
  }
  for (const { userId, usage, json } of crossSigning) {
    if (usage !== 'user_signing') keys[`${usage}_keys`][userId] = JSON.parse(json);
  }
  return keys;
}
