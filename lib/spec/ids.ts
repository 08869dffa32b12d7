import { Buffer } from 'node:buffer';
import { LETTERS, randomString, UPPER_CASE } from './random.ts';

export { ALPHANUMERIC, randomString } from './random.ts';

/** Longest user id, room id, alias, event id, event type and state key, in UTF-8 bytes. */
export const MAX_ID_BYTES = 255;

const SERVER_NAME = /^(?:[0-9A-Za-z.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
const NEW_LOCALPART = /^[a-z0-9._=/+-]+$/;
const COMPLIANT_LOCALPART = /^[\x21-\x39\x3b-\x7e]+$/;
const HASH_OPAQUE = /^[0-9A-Za-z_-]{43}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what the grammar forbids
const NUL = /\u0000/;

/** True when the string takes at most 255 bytes of UTF-8. */
export function fitsIdLength(s: string): boolean {
  // A UTF-16 unit takes at most 3 bytes of UTF-8, so short strings need no count.
  return s.length <= 85 || (s.length <= MAX_ID_BYTES && Buffer.byteLength(s) <= MAX_ID_BYTES);
}

/** True for a server name by the grammar of the appendices (host or IP literal, optional port). */
export function isServerName(s: string): boolean {
  return SERVER_NAME.test(s);
}

/** `sigil localpart ":" server_name`, where the localpart has neither colon nor NUL nor lone surrogates. */
function isDomainId(s: string, sigil: string, minLocalpart: number): boolean {
  if (s[0] !== sigil || !fitsIdLength(s)) return false;
  const colon = s.indexOf(':');
  return colon > minLocalpart && SERVER_NAME.test(s.slice(colon + 1)) && !NUL.test(s) && s.isWellFormed();
}

/**
 * True for a user id, historical ones included: any localpart without `:` and NUL, even an empty one, has to be
 * accepted in events (appendices, "Historical User IDs").
 */
export function isUserId(s: unknown): s is string {
  return typeof s === 'string' && isDomainId(s, '@', 0);
}

/** The parts of a user id, or undefined when it is none. */
export function parseUserId(s: string): { localpart: string; serverName: string } | undefined {
  if (!isUserId(s)) return undefined;
  const colon = s.indexOf(':');
  return { localpart: s.slice(1, colon), serverName: s.slice(colon + 1) };
}

/** True for the localpart of a new user: `a-z 0-9 . _ = - / +`, not empty. */
export function isValidLocalpart(s: string): boolean {
  return NEW_LOCALPART.test(s);
}

/** True for a user id that today's grammar does not allow for new users but that events may carry. */
export function isHistoricalUserId(s: string): boolean {
  const parts = parseUserId(s);
  return parts !== undefined && !NEW_LOCALPART.test(parts.localpart);
}

/** True for a user id that may be shown to clients outside events: localpart of U+0021 to U+007E, not empty. */
export function isCompliantUserId(s: string): boolean {
  const parts = parseUserId(s);
  return parts !== undefined && COMPLIANT_LOCALPART.test(parts.localpart);
}

/** The part between sigil and first colon; everything after the sigil when there is no colon. */
export function localpartOf(id: string): string {
  const colon = id.indexOf(':');
  return colon < 0 ? id.slice(1) : id.slice(1, colon);
}

/**
 * The server name in a user id, an alias, or a room or event id of the old form; undefined when the id has none
 * (event ids since room version 3, room ids since 12).
 */
export function serverNameOf(id: string): string | undefined {
  const colon = id.indexOf(':');
  return colon < 0 ? undefined : id.slice(colon + 1);
}

/** True for a room id: `!opaque:server`, or since room version 12 `!` and the hash of the create event. */
export function isRoomId(s: unknown): s is string {
  if (typeof s !== 'string') return false;
  return s.includes(':') ? isDomainId(s, '!', 1) : s[0] === '!' && HASH_OPAQUE.test(s.slice(1));
}

/** True for a room alias `#localpart:server`. */
export function isRoomAlias(s: unknown): s is string {
  return typeof s === 'string' && isDomainId(s, '#', 1);
}

/** True for an event id of any room version: `$` and at least one character, at most 255 bytes. */
export function isEventId(s: unknown): s is string {
  return typeof s === 'string' && s[0] === '$' && s.length > 1 && fitsIdLength(s) && !NUL.test(s) && s.isWellFormed();
}

/** True for a device id: opaque, not empty, at most 255 bytes, no NUL. */
export function isDeviceId(s: unknown): s is string {
  return typeof s === 'string' && s.length > 0 && fitsIdLength(s) && !NUL.test(s) && s.isWellFormed();
}

/** A new room id of the form used before room version 12. */
export function randomRoomId(serverName: string): string {
  return `!${randomString(18, LETTERS)}:${serverName}`;
}

/** A new event id for room versions 1 and 2, where the sender's server chooses it. */
export function randomEventId(serverName: string): string {
  return `$${randomString(18)}:${serverName}`;
}

/** A new device id of ten capital letters. */
export function randomDeviceId(): string {
  return randomString(10, UPPER_CASE);
}
