import { z } from 'zod';
import { invalidParam } from '../../spec/errors.ts';

/** A parameter that may come once or several times. */
export const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

/** A count: at least 0. */
export const count = z
  .string()
  .regex(/^\d{1,15}$/, 'a number was expected')
  .transform(Number);

/** `ver`: room versions that the asking server knows; version 1 when it says nothing. */
export const versionsQuery = z.looseObject({ ver: texts.default(['1']) });

/** @throws MatrixError 400 M_INVALID_PARAM unless there are some, and not too many */
export function requireSome(name: string, values: readonly unknown[], most: number): void {
  if (values.length === 0 || values.length > most) throw invalidParam(`${name} has to name 1 to ${most} events.`);
}
