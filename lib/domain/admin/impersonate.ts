import { insertDevicelessToken } from '../../storage/accounts/access-tokens.ts';
import { hashToken, newToken } from '../accounts/tokens.ts';
import type { Context } from '../context.ts';

/**
 * Makes an access token of a user that has no device.
 * @param expiresTs milliseconds; null never.
 */
export async function impersonate(ctx: Context, userId: string, expiresTs: number | null): Promise<string> {
  const token = newToken('access');
  await insertDevicelessToken(ctx.db, { tokenHash: hashToken(token), userId, createdTs: ctx.clock.now(), expiresTs });
  return token;
}
