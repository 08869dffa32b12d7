import { Buffer } from 'node:buffer';
import { badJson, invalidParam, MatrixError } from '../../spec/errors.ts';
import { fitsIdLength } from '../../spec/ids.ts';
import type { JsonObject, JsonValue } from '../../spec/json.ts';

/** Common namespaced identifier grammar (appendices). */
const FIELD_NAME = /^[a-z][a-z0-9_.-]*$/;
const MAX_DISPLAY_NAME = 256;
const MAX_AVATAR_URL = 1_000;
const MAX_PROFILE_BYTES = 65_536;

/**
 * Checks the name of a profile field.
 * @throws MatrixError 400 M_KEY_TOO_LARGE beyond 255 bytes, M_INVALID_PARAM where the grammar doesn't allow it.
 */
export function checkFieldName(name: string): void {
  if (!fitsIdLength(name)) {
    throw new MatrixError(400, 'M_KEY_TOO_LARGE', 'The name of a profile field may take at most 255 bytes.');
  }
  if (!FIELD_NAME.test(name)) {
    throw invalidParam('The name of a profile field is made of a-z, 0-9, "_", "-" and ".", a letter first.');
  }
}

/**
 * Checks the value of a profile field.
 * @throws MatrixError 400 M_INVALID_PARAM with a sentence.
 */
export function checkFieldValue(name: string, value: JsonValue): void {
  if (name !== 'displayname' && name !== 'avatar_url' && name !== 'm.tz') return;
  if (typeof value !== 'string') throw invalidParam(`${name} must be a string.`);
  if (!value.isWellFormed() || value.includes('\0')) throw badJson(`${name} holds characters that are not allowed.`);
  if (name === 'displayname' && value.length > MAX_DISPLAY_NAME) {
    throw invalidParam(`displayname is longer than ${MAX_DISPLAY_NAME} characters.`);
  }
  if (name === 'avatar_url' && value.length > MAX_AVATAR_URL) {
    throw invalidParam(`avatar_url is longer than ${MAX_AVATAR_URL} characters.`);
  }
  if (name === 'm.tz' && value.length > MAX_DISPLAY_NAME) throw invalidParam('m.tz is not a time zone.');
}

/**
 * Checks that a profile stays below 64 KiB.
 * @throws MatrixError 400 M_PROFILE_TOO_LARGE
 */
export function checkProfileSize(profile: JsonObject): void {
  if (Buffer.byteLength(JSON.stringify(profile)) > MAX_PROFILE_BYTES) {
    throw new MatrixError(400, 'M_PROFILE_TOO_LARGE', `The profile would be larger than ${MAX_PROFILE_BYTES} bytes.`);
  }
}
