import type { Requester } from '../../../domain/accounts/requester.ts';
import type { Context } from '../../../domain/context.ts';

/** Following events makes a user online; a failure to note it is no reason to give no events. */
export async function comeOnline(ctx: Context, { userId, deviceId, isGuest }: Requester): Promise<void> {
  if (isGuest) return;
  await ctx.writers.presence.touch({ userId, deviceId, presence: 'online' }).catch(() => {});
}
