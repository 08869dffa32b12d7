import { notFound } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import {
  cancelDelayedEvent,
  claimDelayedEvent,
  type DelayedEventRow,
  getDelayedEvent,
  getDelayedEventsOf,
  restartDelayedEvent,
} from '../../storage/delayed-events/delayed-events.ts';
import type { Context } from '../context.ts';
import { announce } from './schedule-event.ts';
import { CLAIM_MS, sendDelayed } from './send-delayed.ts';

const DELAY_ID = /^\w{1,64}$/;

/** What can be done with a delayed event. */
export type DelayedEventAction = 'cancel' | 'restart' | 'send';

/**
 * Takes back a delayed event, lets its delay begin anew or sends it now (MSC4140). Whoever knows its id may: so a call's
 * server can, for a client that is gone.
 * @throws MatrixError 404 M_NOT_FOUND for one that does not wait; the error of sending it.
 */
export async function manageDelayedEvent(ctx: Context, delayId: string, action: DelayedEventAction): Promise<void> {
  if (!DELAY_ID.test(delayId)) throw unknown();
  const now = ctx.clock.now();
  if (action === 'cancel') {
    if (!(await cancelDelayedEvent(ctx.db, delayId, now))) throw unknown();
  } else if (action === 'restart') {
    if (!(await restartDelayedEvent(ctx.db, delayId, now))) throw unknown();
    await announce(ctx);
  } else {
    const row = await claimDelayedEvent(ctx.db, delayId, { now, until: now + CLAIM_MS });
    if (!row) throw unknown();
    await sendDelayed(ctx, row);
  }
}

/** A user's delayed events that wait. */
export async function listDelayedEvents(ctx: Context, userId: string): Promise<JsonObject[]> {
  return (await getDelayedEventsOf(ctx.db, userId)).map(describe);
}

/**
 * One of a user's delayed events, also when it is over.
 * @throws MatrixError 404 M_NOT_FOUND for one that is not known, or of somebody else.
 */
export async function delayedEventOf(ctx: Context, userId: string, delayId: string): Promise<JsonObject> {
  const row = DELAY_ID.test(delayId) ? await getDelayedEvent(ctx.db, delayId) : undefined;
  if (row?.userId !== userId) throw unknown();
  return describe(row);
}

function describe(row: DelayedEventRow): JsonObject {
  return {
    delay_id: row.delayId,
    room_id: row.roomId,
    type: row.type,
    ...(row.stateKey === null ? {} : { state_key: row.stateKey }),
    delay: row.delayMs,
    running_since: row.runningSince,
    content: JSON.parse(row.content) as JsonObject,
    ...(row.outcome === null
      ? {}
      : {
          outcome: row.outcome,
          origin_server_ts: row.finishedTs,
          ...(row.eventId === null ? {} : { event_id: row.eventId }),
          ...(row.error === null ? {} : { error: JSON.parse(row.error) as JsonObject }),
        }),
  };
}

function unknown() {
  return notFound('There is no delayed event with this id that waits.');
}
