import { Buffer } from 'node:buffer';
import { invalidParam } from '../../spec/errors.ts';

/** Where a search goes on, and of which group of its results. */
export interface SearchCursor {
  group: { key: 'room_id' | 'sender'; value: string } | undefined;
  /** Most recent first: before this place of the events stream. */
  before: number | undefined;
  /** By rank: after so many results. */
  skip: number;
}

/** A cursor as a token. */
export function writeCursor(cursor: SearchCursor): string {
  const { group, before, skip } = cursor;
  return Buffer.from(JSON.stringify([group?.key ?? '', group?.value ?? '', before ?? -1, skip])).toString('base64url');
}

/** Reads a token. @throws MatrixError 400 M_INVALID_PARAM when it is none. */
export function readCursor(token: string | undefined): SearchCursor {
  if (token === undefined) return { group: undefined, before: undefined, skip: 0 };
  try {
    const [key, value, before, skip] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    const known = key === '' || key === 'room_id' || key === 'sender';
    const numbers = Number.isSafeInteger(before) && Number.isSafeInteger(skip) && (skip as number) >= 0;
    if (known && typeof value === 'string' && !value.includes('\0') && numbers) {
      return {
        group: key === '' ? undefined : { key, value },
        before: (before as number) < 0 ? undefined : (before as number),
        skip: Math.min(skip as number, 100_000),
      };
    }
  } catch {
    // Said below.
  }
  throw invalidParam('next_batch is not a token that this server has given.');
}
