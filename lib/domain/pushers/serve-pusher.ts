import { countUnreadRooms } from '../../storage/pushers/badge.ts';
import {
  type ClaimedPusher,
  deleteRejected,
  dropQueued,
  getQueuedPushes,
  postponePusher,
  type QueuedPush,
  restPusher,
} from '../../storage/pushers/push-queue.ts';
import { readIgnoredUsers } from '../account-data/ignored-users.ts';
import type { Context } from '../context.ts';
import { GatewayError, type Gateways } from './gateways.ts';
import { badgeNotification, eventNotification, pusherData } from './push-message.ts';
import { pushOutcome } from './push-outcome.ts';
import { roomTitle } from './room-title.ts';

const EVENTS_AT_ONCE = 10;
/** What could not be pushed in this time is old news. */
const MOST_AGE_MS = 24 * 3_600_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 3_600_000;

/** How long a claim on a pusher lasts: longer than one request to its gateway can take. */
export function claimUntil(ctx: Context): number {
  return ctx.clock.now() + ctx.config.outboundHttp.timeoutMs + 60_000;
}

/** Pushes what waits for a pusher that this process has claimed, and puts it to rest or off. */
export async function servePusher(ctx: Context, gateways: Gateways, pusher: ClaimedPusher): Promise<void> {
  try {
    if (await pushWaiting(ctx, gateways, pusher)) return;
    const disabled = pusherData(pusher)['org.matrix.msc4076.disable_badge_count'] === true;
    if (pusher.badgeWanted && pusher.enabled && !disabled) {
      const unread = await countUnreadRooms(ctx.db, pusher.userId);
      if (unread !== pusher.badge) {
        if (await notify(ctx, gateways, pusher, badgeNotification(pusher, unread))) return;
        pusher.badge = unread;
      }
    }
    await restPusher(ctx.db, pusher, { now: ctx.clock.now(), badge: pusher.badge });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const failures = pusher.failures + 1;
    const wait = Math.min(FIRST_RETRY_MS * 2 ** pusher.failures, LONGEST_RETRY_MS) * (0.8 + Math.random() * 0.4);
    ctx.log.info({ gateway: pusher.gateway, userId: pusher.userId, failures, reason: error.message }, 'a push failed');
    await postponePusher(ctx.db, pusher, { dueTs: Math.round(ctx.clock.now() + wait), failures });
  }
}

/** True when the pusher has gone, or is due again for more. */
async function pushWaiting(ctx: Context, gateways: Gateways, pusher: ClaimedPusher): Promise<boolean> {
  const waiting = await getQueuedPushes(ctx.db, pusher, EVENTS_AT_ONCE);
  let settled = 0;
  for (const event of waiting) {
    const notification = pusher.enabled ? await notificationOf(ctx, pusher, event) : undefined;
    if (!notification) {
      settled = event.position as number;
      continue;
    }
    if (await notify(ctx, gateways, pusher, notification.body)) return true;
    pusher.badge = notification.unread;
    pusher.failures = 0;
    settled = 0;
    await dropQueued(ctx.db, pusher, event.position as number, { until: claimUntil(ctx), badge: notification.unread });
  }
  if (settled > 0) await dropQueued(ctx.db, pusher, settled, { until: claimUntil(ctx) });
  if (waiting.length < EVENTS_AT_ONCE) return false;
  await postponePusher(ctx.db, pusher, { dueTs: ctx.clock.now(), failures: pusher.failures });
  return true;
}

async function notificationOf(ctx: Context, pusher: ClaimedPusher, event: QueuedPush) {
  const { userId } = pusher;
  if (event.settled || event.redactedBy !== null || event.queuedTs < ctx.clock.now() - MOST_AGE_MS) return undefined;
  if ((await readIgnoredUsers(ctx, userId)).has(event.sender)) return undefined;
  const { outcome, senderName } = await pushOutcome(ctx, event, userId);
  if (!outcome?.notify) return undefined;
  const [title, unread] = await Promise.all([roomTitle(ctx, event, userId), countUnreadRooms(ctx.db, userId)]);
  return { body: eventNotification({ pusher, event, outcome, senderName, title, unread }), unread };
}

/** True when the gateway rejected the pushkey, and the pusher has gone. */
async function notify(
  ctx: Context,
  gateways: Gateways,
  pusher: ClaimedPusher,
  body: ReturnType<typeof badgeNotification>,
): Promise<boolean> {
  const rejected = await gateways.notify(pusher, body);
  // A gateway has a say only in what it was asked about.
  if (!rejected.includes(pusher.pushkey)) return false;
  ctx.log.info({ gateway: pusher.gateway, userId: pusher.userId }, 'a push gateway rejected a pushkey');
  await deleteRejected(ctx.db, pusher.userId, pusher.appId, [pusher.pushkey]);
  return true;
}
