import { z } from 'zod';

/** Body of the membership endpoints that change the requester's own membership. */
export const reasonBody = z.object({ reason: z.string().nullish() });

/** Body of those that change somebody else's. */
export const targetBody = z.object({ user_id: z.string(), reason: z.string().nullish() });

/** Content of a membership event that says why, where a reason was given. */
export function reasonContent(reason: string | null | undefined): { reason?: string } {
  return typeof reason === 'string' ? { reason } : {};
}
