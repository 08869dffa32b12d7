import { decodeAnyBase64, encodeBase64 } from '../../spec/base64.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { signingKeyIds, verifySignedJson } from '../../spec/signing.ts';
import type { StoredServerKey } from '../../storage/federation/server-keys.ts';

/** However long a server says that its keys are good, they count for no longer before they are asked for again. */
const MOST_VALIDITY_MS = 7 * 24 * 3_600_000;
const MOST_KEYS = 100;

/**
 * The keys in an answer of `/_matrix/key/v2/server`, or of a notary about that server (server-server API, "Retrieving
 * server keys"). Undefined unless the server has signed it with one of the keys that it signs with.
 */
export function readKeyResponse(response: JsonObject, serverName: string, now: number): StoredServerKey[] | undefined {
  const { server_name: name, verify_keys: current, old_verify_keys: old, valid_until_ts: validUntil } = response;
  if (name !== serverName || !isJsonObject(current)) return undefined;
  if (typeof validUntil !== 'number' || !Number.isSafeInteger(validUntil)) return undefined;
  const publicKeys = keysIn(current);
  const isSigned = signingKeyIds(response, serverName).some((id) => {
    const key = publicKeys.get(id);
    return key !== undefined && verifySignedJson(response, serverName, id, key, 'lenient');
  });
  if (!isSigned) return undefined;
  const base = { serverName, response: JSON.stringify(response), fetchedTs: now };
  const keys: StoredServerKey[] = [];
  for (const [id, value] of Object.entries(isJsonObject(old) ? old : {})) {
    const expired = isJsonObject(value) ? value['expired_ts'] : undefined;
    const publicKey = publicKeyOf(id, value);
    if (publicKey === undefined || typeof expired !== 'number' || !Number.isSafeInteger(expired)) continue;
    if (!publicKeys.has(id)) keys.push({ ...base, keyId: id, publicKey, validUntilTs: expired });
  }
  const validUntilTs = Math.min(validUntil, now + MOST_VALIDITY_MS);
  for (const [keyId, publicKey] of publicKeys) keys.push({ ...base, keyId, publicKey, validUntilTs });
  return keys.slice(-MOST_KEYS);
}

function keysIn(keys: JsonObject): Map<string, string> {
  const found = new Map<string, string>();
  for (const [keyId, value] of Object.entries(keys)) {
    const publicKey = publicKeyOf(keyId, value);
    if (publicKey !== undefined) found.set(keyId, publicKey);
  }
  return found;
}

/** A public key in unpadded base64; undefined for what is none. */
function publicKeyOf(keyId: string, value: unknown): string | undefined {
  const key = isJsonObject(value) ? value['key'] : undefined;
  if (!/^ed25519:[\w.-]{1,200}$/.test(keyId) || typeof key !== 'string') return undefined;
  try {
    const raw = decodeAnyBase64(key);
    return raw.length === 32 ? encodeBase64(raw) : undefined;
  } catch {
    return undefined;
  }
}
