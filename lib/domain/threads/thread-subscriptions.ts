import { MatrixError, notFound } from '../../spec/errors.ts';
import { getEventPositions } from '../../storage/receipts/receipts.ts';
import {
  getThreadSubscription,
  getThreadSubscriptionsBetween,
  type ThreadSubscription,
} from '../../storage/threads/thread-subscriptions.ts';
import type { Context } from '../context.ts';
import { requireJoined } from '../rooms/room-lookup.ts';
import { visibleEvent } from '../timeline/single-event.ts';

/** A thread, by its root. */
export interface ThreadOf {
  roomId: string;
  threadRoot: string;
}

/**
 * Lets a user hear of a thread (MSC4306).
 * @param cause event of the thread that is the reason, where the user did not ask for it.
 * @throws MatrixError 404 M_NOT_FOUND for a thread that the user does not see, 400 for a cause outside the thread, 409 for
 *   one from before the user unsubscribed.
 */
export async function subscribeToThread(
  ctx: Context,
  userId: string,
  { roomId, threadRoot }: ThreadOf,
  cause: string | undefined,
): Promise<void> {
  const room = await requireJoined(ctx, roomId, userId);
  await visibleEvent(ctx, userId, threadRoot, roomId);
  if (cause !== undefined) {
    const event = cause.includes('\0')
      ? undefined
      : (await getEventPositions(ctx.db, room.roomNid, [cause])).get(cause);
    if (event?.threadRoot !== threadRoot)
      throw new MatrixError(400, 'IO.ELEMENT.MSC4306.M_NOT_IN_THREAD', 'automatic is not an event of the thread.');
    const known = await getThreadSubscription(ctx.db, userId, room.roomNid, threadRoot);
    if (known && !known.subscribed && event.position <= known.unsubscribedAt) {
      throw new MatrixError(
        409,
        'IO.ELEMENT.MSC4306.M_CONFLICTING_UNSUBSCRIPTION',
        'The user has unsubscribed after this event.',
      );
    }
  }
  const automatic = cause !== undefined;
  await ctx.writers.accountData.setThreadSubscription({ userId, roomId, threadRoot, subscribed: true, automatic });
}

/**
 * Ends a user's subscription of a thread, if there is one.
 * @throws MatrixError 403 M_FORBIDDEN outside the room.
 */
export async function unsubscribeFromThread(
  ctx: Context,
  userId: string,
  { roomId, threadRoot }: ThreadOf,
): Promise<void> {
  await requireJoined(ctx, roomId, userId);
  if (threadRoot.includes('\0')) return;
  const change = { userId, roomId, threadRoot, subscribed: false, automatic: false };
  await ctx.writers.accountData.setThreadSubscription(change);
}

/**
 * Whether a user's subscription of a thread came about by itself.
 * @throws MatrixError 404 M_NOT_FOUND where there is none, 403 M_FORBIDDEN outside the room.
 */
export async function threadSubscriptionOf(
  ctx: Context,
  userId: string,
  { roomId, threadRoot }: ThreadOf,
): Promise<{ automatic: boolean }> {
  const room = await requireJoined(ctx, roomId, userId);
  const known = threadRoot.includes('\0')
    ? undefined
    : await getThreadSubscription(ctx.db, userId, room.roomNid, threadRoot);
  if (!known?.subscribed) throw notFound('You are not subscribed to this thread.');
  return { automatic: known.automatic };
}

/** Changes of subscriptions as clients get them (MSC4308), by room and thread root. */
export interface SubscriptionChanges {
  subscribed?: Record<string, Record<string, { automatic: boolean; bump_stamp: number }>>;
  unsubscribed?: Record<string, Record<string, { bump_stamp: number }>>;
  /** Where older changes are to be had, when there were more than the limit. */
  older: string | undefined;
}

/** The newest changes of a user's subscriptions in `from < position <= to` of the account_data stream. */
export async function threadSubscriptionChanges(
  ctx: Pick<Context, 'db'>,
  userId: string,
  range: { from: number; to: number; limit: number },
): Promise<SubscriptionChanges> {
  const rows = await getThreadSubscriptionsBetween(ctx.db, userId, { ...range, limit: range.limit + 1 });
  const shown = rows.slice(0, range.limit);
  const changes: SubscriptionChanges = {
    older: rows.length > range.limit ? `t${(shown.at(-1) as ThreadSubscription).position - 1}` : undefined,
  };
  for (const { roomId, threadRoot, subscribed, automatic, position } of shown) {
    if (subscribed) {
      changes.subscribed ??= {};
      changes.subscribed[roomId] = { ...changes.subscribed[roomId], [threadRoot]: { automatic, bump_stamp: position } };
    } else {
      changes.unsubscribed ??= {};
      changes.unsubscribed[roomId] = { ...changes.unsubscribed[roomId], [threadRoot]: { bump_stamp: position } };
    }
  }
  return changes;
}
