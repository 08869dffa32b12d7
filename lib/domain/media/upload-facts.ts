import { LONGEST_FILE_NAME } from './limits.ts';

/** What the content type of a file is when nobody said. */
export const UNKNOWN_TYPE = 'application/octet-stream';

const TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:\s*;[\x20-\x7e\t]*)?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has no place in a file name
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** The content type as the client gave it; of what is none, that it is unknown. */
export function uploadedType(header: string | null): string {
  const type = header?.trim() ?? '';
  return type.length <= 255 && TYPE.test(type) ? type : UNKNOWN_TYPE;
}

/** The file name as the client gave it, without control characters and not beyond measure; null when nothing is left. */
export function uploadedName(name: string | null): string | null {
  const clean = (name ?? '').toWellFormed().replace(CONTROLS, '').trim();
  return Array.from(clean).slice(0, LONGEST_FILE_NAME).join('') || null;
}
