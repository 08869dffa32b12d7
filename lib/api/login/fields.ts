import { z } from 'zod';

/** A string that may be absent. Clients send null for it too. */
export const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);

/** A boolean that may be absent or null. */
export const optionalFlag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? undefined);

/** The `auth` member of requests with user-interactive authentication. */
export const authDict = z.looseObject({ type: z.string().optional(), session: z.string().optional() }).nullish();
