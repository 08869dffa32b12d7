import { z } from 'zod';

const DEFAULT_MS = 10_000;
const LONGEST_MS = 20_000;

/** How long to wait for other servers, in milliseconds. */
export const timeout = z
  .number()
  .nonnegative()
  .nullish()
  .transform((value) => Math.min(value ?? DEFAULT_MS, LONGEST_MS));
