import { decodeAnyBase64 } from '../../spec/base64.ts';
import { canonicalJson } from '../../spec/canonical-json.ts';
import { badJson, invalidParam } from '../../spec/errors.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { CrossSigningUsage, StoredCrossSigningKey } from '../../storage/e2ee/cross-signing.ts';

const LONGEST_KEY = 65_536;

/** Usages in the order in which they depend on each other. */
export const USAGES: readonly CrossSigningUsage[] = ['master', 'self_signing', 'user_signing'];

/**
 * Checks a cross-signing key that a user uploads (client-server API, `CrossSigningKey`).
 * @throws MatrixError 400 M_INVALID_PARAM or M_BAD_JSON
 */
export function checkCrossSigningKey(
  userId: string,
  usage: CrossSigningUsage,
  value: JsonObject,
): StoredCrossSigningKey {
  const name = `${usage}_key`;
  const { unsigned: _unsigned, ...key } = value;
  if (key['user_id'] !== userId) throw invalidParam(`${name}.user_id is not the user whose access token this is.`);
  if (!Array.isArray(key['usage']) || !key['usage'].includes(usage)) {
    throw invalidParam(`${name}.usage does not have "${usage}".`);
  }
  const entries = isJsonObject(key['keys']) ? Object.entries(key['keys']) : [];
  const [id, publicKey] = entries[0] ?? [];
  if (entries.length !== 1 || typeof publicKey !== 'string' || id !== `ed25519:${publicKey}` || !isKey(publicKey)) {
    throw invalidParam(`${name}.keys has to have one Ed25519 key, named by itself.`);
  }
  const json = canonicalJson(key);
  if (json.length > LONGEST_KEY) throw badJson(`${name} is longer than ${LONGEST_KEY} characters.`);
  return { userId, usage, publicKey, json };
}

function isKey(text: string): boolean {
  try {
    return decodeAnyBase64(text).length === 32;
  } catch {
    return false;
  }
}
