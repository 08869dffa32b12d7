import { canonicalJson } from '../../spec/canonical-json.ts';
import { badJson, invalidParam } from '../../spec/errors.ts';
import { fitsIdLength } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { StoredOneTimeKey } from '../../storage/e2ee/one-time-keys.ts';

/** Clients keep about 50 on the server. */
const MOST_KEYS = 1_000;
const LONGEST_KEY = 8_192;

/**
 * Checks one-time or fallback keys: `algorithm:id` → key, a string or a signed object.
 * @throws MatrixError 400 M_BAD_JSON
 */
export function checkOneTimeKeys(name: string, value: JsonObject): StoredOneTimeKey[] {
  const entries = Object.entries(value);
  if (entries.length > MOST_KEYS) throw badJson(`${name} has more than ${MOST_KEYS} keys.`);
  return entries.map(([id, key]) => {
    const colon = id.indexOf(':');
    if (colon < 1 || colon === id.length - 1 || !fitsIdLength(id) || id.includes('\0') || !id.isWellFormed()) {
      throw badJson(`${name}: a key's name has to be an algorithm, a colon and an id, of at most 255 bytes.`);
    }
    if (typeof key !== 'string' && !isJsonObject(key)) throw badJson(`${name}: a key has to be a string or an object.`);
    const json = canonicalJson(key);
    if (json.length > LONGEST_KEY) throw badJson(`${name}: a key is longer than ${LONGEST_KEY} characters.`);
    return { algorithm: id.slice(0, colon), keyId: id.slice(colon + 1), json };
  });
}

/**
 * As {@link checkOneTimeKeys}, for fallback keys.
 * @throws MatrixError 400 M_INVALID_PARAM when there are two of one algorithm.
 */
export function checkFallbackKeys(name: string, value: JsonObject): StoredOneTimeKey[] {
  const keys = checkOneTimeKeys(name, value);
  if (new Set(keys.map((key) => key.algorithm)).size < keys.length) {
    throw invalidParam(`${name} may have one key of each algorithm.`);
  }
  return keys;
}
