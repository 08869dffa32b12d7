import { compileRuleset, evaluate, mergeRules, type Outcome, rulesInRoom } from '../../spec/push-rules/index.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getPushFacts } from '../../storage/pushers/room-names.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import { loadPushRules } from '../push/push-rules.ts';
import { findHeardOfRoom, powerLevelsOf } from '../rooms/room-lookup.ts';

/** What a user's rules make of an event, and how its sender is called. */
export interface PushOutcome {
  outcome: Outcome | undefined;
  senderName: string;
}

/** Evaluates one user's push rules for one event: what is stored with the event is how loud it is, not the tweaks. */
export async function pushOutcome(ctx: Context, event: EventRow, userId: string): Promise<PushOutcome> {
  const { roomNid, roomId, sender } = event;
  const [{ rules }, facts, room] = await Promise.all([
    loadPushRules(ctx, userId),
    getPushFacts(ctx.db, roomNid, userId, sender),
    // An invite may be to a room that this server is not in.
    findHeardOfRoom(ctx, roomId),
  ]);
  if (!room) return { outcome: undefined, senderName: sender };
  const view = {
    type: event.type,
    sender,
    room_id: roomId,
    event_id: event.eventId,
    content: visiblePdu(event).content,
    ...(event.stateKey === null ? {} : { state_key: event.stateKey }),
  };
  const outcome = evaluate(
    compileRuleset(rulesInRoom(mergeRules(userId, rules), roomId)),
    view,
    { memberCount: facts.members, powerLevels: await powerLevelsOf(ctx, room) },
    { userId, displayName: facts.displayName },
  );
  return { outcome, senderName: facts.senderName ?? sender };
}
