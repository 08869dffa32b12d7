import type { Pdu } from '../../../spec/events.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { EVENT_REJECTED, EVENT_SOFT_FAILED } from '../../../storage/events/event-row.ts';
import type { RoomActor } from '../room-actor.ts';
import { membershipIn, membershipOf } from './describe-event.ts';
import type { Draft } from './draft.ts';
import type { PlannedEvent, PlannedExtras } from './planned-event.ts';
import type { ResolvedChange } from './resolver.ts';

/**
 * Changes of the current state that an event brings beside its own: what was resolved the other way round, what was
 * taken out. Members follow them, and those who look back in the stream are told.
 */
export function addOtherChanges(
  actor: RoomActor,
  draft: Draft,
  more: PlannedExtras,
  changes: ResolvedChange[],
  serverName: string,
): void {
  const { roomNid } = actor.head;
  const events = new Map(draft.resolution?.result.events.map((row) => [row.eventNid, JSON.parse(row.json) as Pdu]));
  const contentOf = (nid: number): JsonObject | undefined =>
    nid === draft.eventNid ? draft.incoming.pdu.content : events.get(nid)?.content;
  for (const { type, stateKey, eventNid, previousNid } of changes) {
    more.currentState.push({ roomNid, type, stateKey, eventNid });
    more.corrections.push({
      roomNid,
      type,
      stateKey,
      eventNid: eventNid === 0 ? null : eventNid,
      previousNid: previousNid === 0 ? null : previousNid,
    });
    if (type !== 'm.room.member') continue;
    const event = eventNid === draft.eventNid ? draft.incoming.pdu : events.get(eventNid);
    const previous = membershipIn(contentOf(previousNid));
    // Who is nothing any more has left, by the event that showed it.
    const membership = event
      ? membershipOf(roomNid, eventNid, event, stateKey, serverName, previous)
      : membershipOf(
          roomNid,
          draft.eventNid,
          { sender: draft.incoming.pdu.sender, content: { membership: 'leave' } },
          stateKey,
          serverName,
          previous,
        );
    more.memberships.push(membership);
    actor.push?.memberChanged(membership);
  }
}

/** What is written beside: parents that are missing or found, redactions. */
export function addDraftExtras(actor: RoomActor, draft: Draft, planned: PlannedEvent, more: PlannedExtras): void {
  const { roomNid } = actor.head;
  const { redaction, eventNid, incoming } = draft;
  for (const eventId of draft.missing) more.missing.push({ roomNid, eventId, wantedBy: eventNid });
  if (draft.wanted) more.found.push({ roomNid, eventId: incoming.eventId, eventNid });
  // What is refused or hidden redacts nothing.
  const hidden = (planned.row.flags & (EVENT_REJECTED | EVENT_SOFT_FAILED)) !== 0;
  if (redaction && !hidden) {
    const { redacts, targetNid, applies, hasPower } = redaction;
    if (targetNid === undefined) more.held.push({ redacts, byNid: eventNid, roomNid, hasPower });
    else if (applies) planned.redactsNid = targetNid;
  }
  if (draft.rejectedBy === undefined) {
    for (const { redacts, byNid } of draft.held) more.released.push({ redacts, byNid });
  }
}
