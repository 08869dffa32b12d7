import { z } from 'zod';

const text = z
  .string()
  .max(1_000)
  .refine((value) => !value.includes('\0'), 'a NUL character is not allowed');

/** The members of a body that name a third-party identifier. */
export const threepidFields = { medium: z.enum(['email', 'msisdn']), address: text };
