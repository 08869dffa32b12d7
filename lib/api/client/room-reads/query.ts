import { z } from 'zod';

const MOST = 1_000;

/** A number of events: at least `least`, and never more than a thousand, whatever is asked for. */
export function limitParameter(fallback: number, { least = 0, most = MOST } = {}) {
  return z.coerce
    .number()
    .int('has to be a whole number')
    .min(least, `has to be at least ${least}`)
    .transform((limit) => Math.min(limit, most))
    .default(fallback);
}

/** `true` or `false`. */
export const flagParameter = z
  .enum(['true', 'false'], 'has to be true or false')
  .transform((text) => text === 'true')
  .optional();

/** `b` for backwards, `f` for forwards. */
export const directionParameter = z.enum(['b', 'f'], 'has to be b or f');

/** One text. */
export const textParameter = z.string('has to be given once').optional();
