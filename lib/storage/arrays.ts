/** Postgres array literals, made here because they are on the hottest path and the driver's own are slow. */

/** A literal of a `bigint[]`, `integer[]` or `smallint[]`; null stays null. */
export function numberArray(values: readonly (number | null)[]): string {
  let out = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) out += ',';
    const value = values[i];
    out += value === null || value === undefined ? 'NULL' : value;
  }
  return `${out}}`;
}

/** A literal of a `boolean[]`. */
export function booleanArray(values: readonly boolean[]): string {
  return `{${values.map((v) => (v ? 't' : 'f')).join(',')}}`;
}

const NEEDS_ESCAPE = /["\\]/g;

/** A literal of a `text[]`; null stays null. Elements may hold anything but NUL. */
export function textArray(values: readonly (string | null)[]): string {
  let out = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) out += ',';
    const value = values[i];
    out += value === null || value === undefined ? 'NULL' : `"${value.replace(NEEDS_ESCAPE, '\\$&')}"`;
  }
  return `${out}}`;
}
