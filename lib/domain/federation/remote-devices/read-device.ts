import { isDeviceId } from '../../../spec/ids.ts';
import { isJsonObject, type JsonValue } from '../../../spec/json.ts';
import type { RemoteDevice } from '../../../storage/federation/remote-devices.ts';

const LONGEST_KEYS = 65_536;
const LONGEST_NAME = 256;

/**
 * A device as another server tells of it, without what is not right about it; undefined when it has no id.
 * @param said `device_id`, `keys`, `device_display_name`
 */
export function readRemoteDevice(
  userId: string,
  said: { deviceId: JsonValue | undefined; keys: JsonValue | undefined; displayName: JsonValue | undefined },
): RemoteDevice | undefined {
  const { deviceId, keys, displayName } = said;
  if (!isDeviceId(deviceId)) return undefined;
  const name = typeof displayName === 'string' ? displayName.replaceAll('\0', '').slice(0, LONGEST_NAME) : null;
  return { userId, deviceId, json: keysText(userId, deviceId, keys), displayName: name };
}

/** Keys that are not said to be another's, as JSON text. Whether they are whole and signed, clients check. */
function keysText(userId: string, deviceId: string, keys: JsonValue | undefined): string | null {
  if (!isJsonObject(keys)) return null;
  if ((keys['user_id'] ?? userId) !== userId || (keys['device_id'] ?? deviceId) !== deviceId) return null;
  const json = JSON.stringify(keys);
  return json.length > LONGEST_KEYS || json.includes('\\u0000') || !json.isWellFormed() ? null : json;
}
