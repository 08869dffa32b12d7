import type { JsonObject } from '../../../spec/json.ts';
import {
  type DeviceChange,
  type DevicePoke,
  getDeviceChanges,
  getDeviceNames,
} from '../../../storage/federation/device-pokes.ts';
import type { SentTransaction } from '../../../storage/federation/sent-transactions.ts';
import type { Context } from '../../context.ts';
import { type QueriedKeys, queryOwnKeys } from '../../e2ee/query-keys.ts';

/** EDUs about users' devices, and what they come to when they are sent. */
export interface DeviceEdus {
  edus: JsonObject[];
  devices: SentTransaction['devices'];
}

interface Known {
  keys: QueriedKeys;
  names: Map<string, Map<string, string | null>>;
}

/**
 * Tells of devices and cross-signing keys that changed: `m.device_list_update` for each device, in the order in which
 * they changed, and `m.signing_key_update` (server-server API, device management).
 * @param limit most EDUs; of a user who has more, all are told or, next time, the rest
 */
export async function deviceEdus(ctx: Context, pokes: DevicePoke[], limit: number): Promise<DeviceEdus> {
  const answer: DeviceEdus = { edus: [], devices: [] };
  if (pokes.length === 0) return answer;
  const userIds = pokes.map((poke) => poke.userId);
  const [changes, keys, names] = await Promise.all([
    getDeviceChanges(ctx.db, pokes),
    queryOwnKeys(ctx, null, new Map(userIds.map((userId) => [userId, []]))),
    getDeviceNames(ctx.db, userIds),
  ]);
  const known: Known = { keys, names: new Map(userIds.map((userId) => [userId, new Map()])) };
  for (const { userId, deviceId, displayName } of names) known.names.get(userId)?.set(deviceId, displayName);
  const byUser = Map.groupBy(changes, (change) => change.userId);
  for (const poke of pokes) {
    const room = limit - answer.edus.length;
    if (room <= 0) break;
    const told = tell(poke, byUser.get(poke.userId) ?? [], known, room);
    answer.edus.push(...told.edus);
    answer.devices.push(told.device);
  }
  return answer;
}

function tell(
  { userId, position, sentStreamId }: DevicePoke,
  changes: DeviceChange[],
  known: Known,
  limit: number,
): { edus: JsonObject[]; device: SentTransaction['devices'][number] } {
  const edus: JsonObject[] = [];
  let streamId = sentStreamId;
  let upTo = position;
  const update = (deviceId: string, id: number) => {
    edus.push({ edu_type: 'm.device_list_update', content: deviceUpdate(known, userId, deviceId, id, streamId) });
    streamId = id;
  };
  for (const change of changes) {
    if (edus.length >= limit) {
      // The rest is for the next transaction.
      upTo = change.position - 1;
      break;
    }
    upTo = Math.max(upTo, change.position);
    if (change.deviceId === '') {
      for (const deviceId of known.names.get(userId)?.keys() ?? []) update(deviceId, change.position);
    } else if (isCrossSigningKey(known.keys, userId, change.deviceId)) {
      const edu: JsonObject = { edu_type: 'm.signing_key_update', content: signingKeys(known.keys, userId) };
      if (!edus.some((one) => one['edu_type'] === 'm.signing_key_update')) edus.push(edu);
    } else update(change.deviceId, change.position);
  }
  return { edus, device: { userId, position: upTo, streamId } };
}

function deviceUpdate(
  { keys, names }: Known,
  userId: string,
  deviceId: string,
  streamId: number,
  previous: number | null,
): JsonObject {
  const base = {
    user_id: userId,
    device_id: deviceId,
    stream_id: streamId,
    prev_id: previous === null || previous === streamId ? [] : [previous],
  };
  const name = names.get(userId)?.get(deviceId);
  if (name === undefined) return { ...base, deleted: true };
  const own = keys.device_keys[userId]?.[deviceId];
  const { unsigned: _unsigned, ...deviceKeys } = own ?? {};
  return {
    ...base,
    ...(name === null ? {} : { device_display_name: name }),
    ...(own ? { keys: deviceKeys as JsonObject } : {}),
  };
}

function isCrossSigningKey(keys: QueriedKeys, userId: string, publicKey: string): boolean {
  const own = [keys.master_keys[userId], keys.self_signing_keys[userId]];
  return own.some((key) => Object.values((key?.['keys'] ?? {}) as JsonObject).includes(publicKey));
}

function signingKeys(keys: QueriedKeys, userId: string): JsonObject {
  const master = keys.master_keys[userId];
  const selfSigning = keys.self_signing_keys[userId];
  return {
    user_id: userId,
    ...(master ? { master_key: master } : {}),
    ...(selfSigning ? { self_signing_key: selfSigning } : {}),
  };
}
