import { MatrixError } from './errors.ts';
import type { JsonValue } from './json.ts';

/** A value that canonical JSON cannot say. Goes to clients as 400 `M_BAD_JSON`. */
export class CanonicalJsonError extends MatrixError {
  constructor(message: string) {
    super(400, 'M_BAD_JSON', message);
    this.name = 'CanonicalJsonError';
  }
}

/** Deepest nesting that is written; deeper values are refused before they exhaust the stack. */
export const MAX_DEPTH = 1000;

/** How numbers are taken: `strict` from room version 6 on, `lenient` for events of older rooms. */
export type CanonicalMode = 'strict' | 'lenient';

const MAX_CACHED_KEYS = 4096;
/** Encoded `"key":` of keys below U+D800, for which UTF-16 order is code point order. */
const encodedKeys = new Map<string, string>();

/**
 * Canonical JSON of a value (appendices, "Canonical JSON"): shortest form, keys in order of code points.
 * `strict` (the default) throws {@link CanonicalJsonError} on floats, integers beyond 2^53 - 1 and -0; `lenient` writes
 * them as other servers do for rooms of versions 1 to 5. Both throw on undefined, lone surrogates, infinities and
 * nesting beyond {@link MAX_DEPTH}.
 */
export function canonicalJson(value: JsonValue | object, mode: CanonicalMode = 'strict'): string {
  return write(value, mode === 'lenient', 0);
}

/** Throws {@link CanonicalJsonError} when the value is not canonical JSON in the strict sense. */
export function assertCanonical(value: unknown): void {
  write(value, false, 0);
}

/** The member `"key":value` for callers that put a large object together themselves. */
export function canonicalMember(key: string, value: unknown, mode: CanonicalMode): string {
  return (encodedKeys.get(key) ?? encodeKey(key)) + write(value, mode === 'lenient', 1);
}

function write(value: unknown, lenient: boolean, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? `${value}` : writeOddNumber(value, lenient);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_DEPTH) throw new CanonicalJsonError('JSON is nested too deeply');
      return Array.isArray(value) ? writeArray(value, lenient, depth + 1) : writeObject(value, lenient, depth + 1);
    default:
      throw new CanonicalJsonError(`${typeof value} is not a JSON value`);
  }
}

function writeArray(array: readonly unknown[], lenient: boolean, depth: number): string {
  if (array.length === 0) return '[]';
  let out = `[${write(array[0], lenient, depth)}`;
  for (let i = 1; i < array.length; i++) out += `,${write(array[i], lenient, depth)}`;
  return `${out}]`;
}

function writeObject(object: object, lenient: boolean, depth: number): string {
  const keys = sortedKeys(object);
  if (keys.length === 0) return '{}';
  let out = '{';
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (i > 0) out += ',';
    out += encodedKeys.get(key) ?? encodeKey(key);
    out += write((object as Record<string, unknown>)[key], lenient, depth);
  }
  return `${out}}`;
}

/** The object's keys by code point. Most objects of events come sorted or have few keys. */
export function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  let sorted = true;
  for (let i = 1; i < keys.length; i++) {
    if (keys[i - 1]! > keys[i]!) {
      sorted = false;
      break;
    }
  }
  if (!sorted) keys.sort();
  // UTF-16 order differs from code point order only where surrogates meet U+E000 to U+FFFF.
  for (const key of keys) {
    if (!encodedKeys.has(key) && hasHighUnits(key)) return keys.sort(compareCodePoints);
  }
  return keys;
}

function hasHighUnits(s: string): boolean {
  for (let i = 0; i < s.length; i++) if (s.charCodeAt(i) >= 0xd800) return true;
  return false;
}

/** Compares strings by code point: negative, zero or positive. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves surrogates, which stand for U+10000 and above, behind U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function encodeKey(key: string): string {
  const encoded = `${writeString(key)}:`;
  if (key.length <= 64 && !hasHighUnits(key)) {
    if (encodedKeys.size >= MAX_CACHED_KEYS) encodedKeys.clear();
    encodedKeys.set(key, encoded);
  }
  return encoded;
}

function writeString(s: string): string {
  if (!s.isWellFormed()) throw new CanonicalJsonError('a string holds a lone surrogate');
  // JSON.stringify escapes exactly what the grammar of canonical JSON escapes, in the same form.
  return JSON.stringify(s);
}

function writeOddNumber(value: number, lenient: boolean): string {
  if (!Number.isFinite(value)) throw new CanonicalJsonError('a number is out of range');
  if (!lenient) {
    if (Object.is(value, -0)) throw new CanonicalJsonError('-0 is not allowed');
    if (Number.isInteger(value)) throw new CanonicalJsonError('an integer is beyond 2^53 - 1');
    throw new CanonicalJsonError('a number is not an integer');
  }
  if (value === 0) return '0';
  return Number.isInteger(value) ? BigInt(value).toString() : floatText(value);
}

/** A float the way the first homeserver prints it: exponents of two digits, below 1e-4 only. */
function floatText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4) return `${value}`;
  const [mantissa, exponent] = value.toExponential().split('e-') as [string, string];
  return `${mantissa}e-${exponent.padStart(2, '0')}`;
}
