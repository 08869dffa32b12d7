import { authEventIds, type Pdu } from '../../../spec/events.ts';
import { type ResolutionEvent, resolutionEventOf } from '../../../spec/state-resolution/index.ts';
import { isPowerEvent } from '../../../spec/state-resolution/power-ordering.ts';
import type { RoomActor } from '../room-actor.ts';
import type { Draft } from './draft.ts';

/**
 * Whether resolving a state S with S and the event on top is sure to give the latter, so that it needn't be done. So it
 * is in the usual case: somebody changes something while others talk. The event passed the auth rules on S, and cites
 * nothing but S: the full conflicted set is then the event and what it replaces, and only their order is in question.
 */
export function winsSurely(actor: RoomActor, draft: Draft): boolean {
  const { pdu, eventId } = draft.incoming;
  const { version, state } = actor;
  for (const { event, eventNid } of draft.cited) {
    if (event.state_key === undefined || state.get(event.type, event.state_key)?.eventNid !== eventNid) return false;
  }
  const replaced = state.get(pdu.type, pdu.state_key);
  if (!replaced) return true;
  const old = replaced.event as unknown as Pdu & { eventId: string };
  if (old.depth >= pdu.depth || old.origin_server_ts >= pdu.origin_server_ts) return false;
  const events: ResolutionEvent[] = [
    resolutionEventOf(old, replaced.eventId, version),
    resolutionEventOf(pdu, eventId, version),
  ];
  if (events.some(isPowerEvent)) return authEventIds(pdu, version).includes(replaced.eventId);
  // By mainline: those under the same power levels stand by their time.
  const levels = state.get('m.room.power_levels')?.eventId;
  return levels === undefined || events.every((event) => event.authEventIds.includes(levels));
}
