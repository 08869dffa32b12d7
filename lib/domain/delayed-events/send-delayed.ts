import { forbidden, MatrixError } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { getUser } from '../../storage/accounts/users.ts';
import {
  type DelayedEventRow,
  finishDelayedEvent,
  postponeDelayedEvent,
} from '../../storage/delayed-events/delayed-events.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { sendMessageEvent, sendStateEvent } from '../rooms/send-event.ts';

/** How long whoever has claimed a delayed event may take for it. */
export const CLAIM_MS = 60_000;
const RETRY_MS = 5_000;

/**
 * Sends a delayed event that is claimed, and notes what becomes of it. Sending it twice, after a crash, has no effect: its
 * id is the transaction id.
 * @throws MatrixError when it is refused, which ends it, or cannot be sent now, when it is tried again.
 */
export async function sendDelayed(ctx: Context, row: DelayedEventRow): Promise<void> {
  try {
    const eventId = await send(ctx, row);
    await finishDelayedEvent(ctx.db, row.delayId, { outcome: 'sent', now: ctx.clock.now(), eventId, error: null });
  } catch (error) {
    const now = ctx.clock.now();
    if (error instanceof MatrixError && error.status < 500 && error.status !== 429) {
      const refusal = { outcome: 'failed' as const, now, eventId: null, error: JSON.stringify(error) };
      await finishDelayedEvent(ctx.db, row.delayId, refusal);
    } else await postponeDelayedEvent(ctx.db, row.delayId, now + RETRY_MS);
    throw error;
  }
}

async function send(ctx: Context, row: DelayedEventRow): Promise<string> {
  const user = await getUser(ctx.db, row.userId);
  if (!user || user.deactivatedTs !== null || user.locked || user.suspended)
    throw forbidden('The account may not send events.');
  const requester: Requester = {
    userId: row.userId,
    deviceId: row.deviceId === '' ? null : row.deviceId,
    isGuest: user.isGuest,
    isAdmin: false,
    tokenId: 0,
  };
  const { roomId, type, stateKey } = row;
  const content = JSON.parse(row.content) as JsonObject;
  const event = { roomId, type, content };
  if (stateKey !== null) return (await sendStateEvent(ctx, requester, { ...event, stateKey })).eventId;
  return (await sendMessageEvent(ctx, requester, event, row.delayId)).eventId;
}
