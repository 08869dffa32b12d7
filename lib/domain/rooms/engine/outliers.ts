import type { AuthError, AuthEvent } from '../../../spec/auth-rules.ts';
import { EVENT_OUTLIER, EVENT_REJECTED } from '../../../storage/events/event-row.ts';
import { placesOf, type RoomActor } from '../room-actor.ts';
import { placeOnChain } from './chain-place.ts';
import { refusedByAuthEvents } from './check-event.ts';
import { newRow } from './describe-event.ts';
import type { CitedEvent, KnownEvent } from './known-events.ts';
import type { PlannedEvent } from './planned-event.ts';
import type { Received } from './receiver.ts';

/** An event that is stored only to be cited: checked against its auth events, without a place in the room's history. */
export function planOutlier(
  actor: RoomActor,
  received: Received,
  eventNid: number,
  cited: CitedEvent[],
  create: AuthEvent | undefined,
): { planned: PlannedEvent; known: KnownEvent; error: AuthError | undefined } {
  const { pdu, eventId, json } = received.incoming;
  const error = refusedByAuthEvents(received.incoming, actor.version, cited, create, received.signedBy);
  const isState = pdu.state_key !== undefined;
  const row = newRow(
    actor.head,
    { type: pdu.type, stateKey: pdu.state_key, sender: pdu.sender, content: pdu.content },
    {
      eventNid,
      eventId,
      depth: pdu.depth,
      originServerTs: pdu.origin_server_ts,
      flags: EVENT_OUTLIER | (error ? EVENT_REJECTED : 0),
      json,
    },
  );
  const place = isState ? placeOnChain(eventNid, placesOf(cited), undefined) : undefined;
  const planned: PlannedEvent = {
    row,
    prevNids: [],
    authNids: cited.map((c) => c.eventNid),
    placed: false,
    push: [],
    ...(place ? { place } : {}),
  };
  const event = { ...pdu, eventId, ...(error ? { rejected: true } : {}) } as AuthEvent;
  const known: KnownEvent = {
    ...row,
    ...(isState ? { cited: { eventNid, eventId, event, place: place?.place } } : {}),
  };
  return { planned, known, error };
}
