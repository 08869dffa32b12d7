import { forbidden } from '../../spec/errors.ts';
import type { Context } from '../context.ts';
import { takeFromLimit } from '../rate-limits.ts';
import { createUser } from './create-user.ts';

/**
 * Makes a guest (client-server API, "Guest access").
 * @throws MatrixError 403 M_FORBIDDEN where guests may not come in, 429.
 */
export async function registerGuest(ctx: Context, ip: string): Promise<{ userId: string }> {
  if (!ctx.config.allowGuestAccess) throw forbidden('Guest access is disabled');
  await takeFromLimit(ctx, 'registration', ip);
  return createUser(ctx, { isGuest: true });
}
