import { Buffer } from 'node:buffer';

/*
 * Postgres arrays in their binary form. The driver sends buffers as binary parameters, which saves escaping on this side
 * and parsing on the other: a third of a batch's cost.
 */

const INT8 = 20;
const TEXT = 25;
const HEADER = 20;
const TWO_32 = 2 ** 32;
const MOST_UNITS_GUESSED = 500_000;

const EMPTY_NUMBERS = header(0, false, INT8, HEADER - 8);
const EMPTY_TEXTS = header(0, false, TEXT, HEADER - 8);

/** A `bigint[]` of one value of each item; null stays null. */
export function numbers<T>(items: readonly T[], pick: (item: T) => number | null): Buffer {
  const count = items.length;
  if (count === 0) return EMPTY_NUMBERS;
  const buffer = header(count, false, INT8, HEADER + count * 12);
  let at = HEADER;
  for (let i = 0; i < count; i++) {
    const value = pick(items[i] as T);
    if (value === null || value === undefined) {
      buffer.writeInt32BE(1, 4);
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    const high = Math.floor(value / TWO_32);
    at = buffer.writeInt32BE(8, at);
    at = buffer.writeInt32BE(high, at);
    at = buffer.writeUInt32BE(value - high * TWO_32, at);
  }
  return at === buffer.length ? buffer : buffer.subarray(0, at);
}

/** A `text[]` of one value of each item; null stays null. Values may hold anything but NUL. */
export function texts<T>(items: readonly T[], pick: (item: T) => string | null): Buffer {
  const count = items.length;
  if (count === 0) return EMPTY_TEXTS;
  let units = 0;
  for (let i = 0; i < count; i++) units += pick(items[i] as T)?.length ?? 0;
  // A unit of UTF-16 takes three bytes of UTF-8 at most. Where that would be much, the bytes are counted first.
  const bytes = units <= MOST_UNITS_GUESSED ? units * 3 : bytesOf(items, pick);
  const buffer = header(count, false, TEXT, HEADER + count * 4 + bytes);
  let at = HEADER;
  for (let i = 0; i < count; i++) {
    const value = pick(items[i] as T);
    if (value === null || value === undefined) {
      buffer.writeInt32BE(1, 4);
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    const length = buffer.write(value, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + length;
  }
  return buffer.subarray(0, at);
}

function bytesOf<T>(items: readonly T[], pick: (item: T) => string | null): number {
  return items.reduce((sum, item) => sum + Buffer.byteLength(pick(item) ?? ''), 0);
}

function header(count: number, hasNulls: boolean, elementType: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(count === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(hasNulls ? 1 : 0, 4);
  buffer.writeInt32BE(elementType, 8);
  if (count > 0) {
    buffer.writeInt32BE(count, 12);
    buffer.writeInt32BE(1, 16);
  }
  return buffer;
}
