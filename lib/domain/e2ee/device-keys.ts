import { canonicalJson } from '../../spec/canonical-json.ts';
import { badJson } from '../../spec/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../spec/json.ts';

const LONGEST_KEYS = 65_536;

/** A device's identity keys as its client uploads them (client-server API, `DeviceKeys`). */
export interface DeviceKeys extends JsonObject {
  user_id: string;
  device_id: string;
  algorithms: string[];
  keys: Record<string, string>;
}

/**
 * Checks identity keys that a device uploads, and gives them in canonical JSON without `unsigned`. The signature by the
 * device itself is for clients to check.
 * @throws MatrixError 400 M_BAD_JSON, also when they are another user's or device's.
 */
export function checkDeviceKeys(value: JsonObject, userId: string, deviceId: string): string {
  const { unsigned: _unsigned, ...keys } = value;
  if (keys['user_id'] !== userId) throw badJson('device_keys.user_id is not the user whose access token this is.');
  if (keys['device_id'] !== deviceId)
    throw badJson('device_keys.device_id is not the device whose access token this is.');
  if (!Array.isArray(keys['algorithms']) || !keys['algorithms'].every((name) => typeof name === 'string')) {
    throw badJson('device_keys.algorithms has to be a list of strings.');
  }
  if (!isTextMap(keys['keys'])) throw badJson('device_keys.keys has to map key ids to keys.');
  const { signatures } = keys;
  if (signatures !== undefined && !(isJsonObject(signatures) && Object.values(signatures).every(isTextMap))) {
    throw badJson('device_keys.signatures has to map users to signatures by key id.');
  }
  const json = canonicalJson(keys);
  if (json.length > LONGEST_KEYS) throw badJson(`device_keys is longer than ${LONGEST_KEYS} characters.`);
  return json;
}

/** The Ed25519 key of a device in its identity keys. */
export function ed25519KeyOf(keys: DeviceKeys): string | undefined {
  const id = `ed25519:${keys.device_id}`;
  return Object.hasOwn(keys.keys, id) ? keys.keys[id] : undefined;
}

function isTextMap(value: JsonValue | undefined): value is Record<string, string> {
  return isJsonObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
}
