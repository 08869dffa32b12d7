import { z } from 'zod';

/** How many entries to pass over. */
export const offsetParameter = z.coerce
  .number()
  .int('has to be a whole number')
  .min(0, 'has to be at least 0')
  .max(2 ** 31)
  .default(0);

/** How many entries to give at most. */
export const pageSizeParameter = z.coerce
  .number()
  .int('has to be a whole number')
  .min(0, 'has to be at least 0')
  .max(1_000_000)
  .transform((limit) => Math.min(limit, 1_000))
  .default(100);

/** A text that the database can hold. */
export const searchParameter = z
  .string('has to be given once')
  .max(255)
  .refine((text) => !text.includes('\0'), 'cannot have U+0000')
  .optional();

/** A moment in milliseconds. */
export const momentParameter = z.coerce
  .number()
  .int('has to be a whole number of milliseconds')
  .min(0, 'has to be at least 0')
  .max(Number.MAX_SAFE_INTEGER);

/** `f` for ascending, `b` for descending. */
export const orderParameter = z.enum(['f', 'b'], 'has to be f or b');

/** `true` or `false`; undefined when absent. */
export const choiceParameter = z
  .enum(['true', 'false'], 'has to be true or false')
  .transform((text) => text === 'true')
  .optional();

/** Where a list goes on, for an answer; nothing when it has ended. */
export function nextToken(from: number, found: number, total: number): { next_token?: number } {
  return found > 0 && from + found < total ? { next_token: from + found } : {};
}
