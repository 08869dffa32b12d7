import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';

/** Notes that a user has just done something (client-server API, presence, `last_active_ago`). Nobody waits for it. */
export function noteActivity(ctx: Context, { userId, deviceId, isGuest }: Requester): void {
  if (isGuest || !ctx.config.presence.enabled) return;
  void ctx.writers.presence.touch({ userId, deviceId, presence: 'online', active: true }).catch(() => {});
}
