import type { AuthEvent } from '../../../spec/auth-rules.ts';
import type { Pdu } from '../../../spec/events.ts';
import type { Queryable } from '../../../storage/database.ts';
import { EVENT_OUTLIER, EVENT_REJECTED, EVENT_SOFT_FAILED } from '../../../storage/events/event-row.ts';
import {
  type CitedEventRow,
  getBehindHidden,
  getCitedEvents,
  getKnownEvents,
  type KnownEventRow,
} from '../../../storage/events/known-events.ts';
import type { RoomActor } from '../room-actor.ts';
import type { ChainPlace } from './chain-place.ts';
import { placeOf, type StateEntry } from './room-state.ts';

/** An event that is stored or planned. */
export interface KnownEvent extends KnownEventRow {
  /** Of rejected and soft-failed events that are planned and not committed: see {@link findBehind}. */
  behind?: number[];
  /** Of state events that are planned and not committed: what others cite. */
  cited?: CitedEvent;
}

/** A state event as checks and places on the chain cover want it. */
export interface CitedEvent {
  eventNid: number;
  eventId: string;
  event: AuthEvent;
  place: ChainPlace | undefined;
}

/** The state after an event, as its successors find it; undefined when it isn't known. */
export function groupAfter(event: KnownEvent): number | undefined {
  if ((event.flags & EVENT_OUTLIER) !== 0) return undefined;
  return event.stateGroupAfter ?? event.stateGroup ?? 0;
}

/**
 * What an event follows: its previous events, and what is before those of them that are rejected or soft-failed and so
 * never became extremities themselves. At most one query, and none in the usual case.
 */
export async function findBehind(db: Queryable, previous: KnownEvent[]): Promise<number[]> {
  const hidden = previous.filter((event) => (event.flags & (EVENT_REJECTED | EVENT_SOFT_FAILED)) !== 0);
  const stored = hidden.filter((event) => event.behind === undefined).map((event) => event.eventNid);
  return [
    ...previous.map((event) => event.eventNid),
    ...hidden.flatMap((event) => event.behind ?? []),
    ...(await getBehindHidden(db, stored)),
  ];
}

/** Looks events up, planned ones included. One query. */
export async function findKnown(db: Queryable, actor: RoomActor, eventIds: string[]): Promise<Map<string, KnownEvent>> {
  // Noted before the query, or one could be committed after it and before anybody looks.
  const planned = new Map(actor.inFlight);
  const known = new Map<string, KnownEvent>();
  const stored = eventIds.filter((id) => !planned.has(id));
  for (const row of await getKnownEvents(db, [...new Set(stored)])) known.set(row.eventId, row);
  for (const id of eventIds) {
    const event = planned.get(id);
    if (event) known.set(id, event);
  }
  return known;
}

/**
 * The content of known events: from the room's state in memory, from what is planned, else from the database (one
 * query). In the order given.
 */
export async function citeEvents(db: Queryable, actor: RoomActor, events: KnownEvent[]): Promise<CitedEvent[]> {
  const found = new Map<number, CitedEvent>();
  const unknown: number[] = [];
  for (const event of events) {
    const entry = event.stateKey === null ? undefined : actor.state.get(event.type, event.stateKey);
    if (event.cited) found.set(event.eventNid, event.cited);
    else if (entry?.eventNid === event.eventNid) found.set(event.eventNid, citedOf(entry));
    else unknown.push(event.eventNid);
  }
  for (const row of await getCitedEvents(db, unknown)) found.set(row.eventNid, citedOfRow(row));
  return events.flatMap((event) => found.get(event.eventNid) ?? []);
}

/** An entry of the current state as others cite it. */
export function citedOf(entry: StateEntry): CitedEvent {
  return { eventNid: entry.eventNid, eventId: entry.eventId, event: entry.event, place: entry.place };
}

/** A stored event as others cite it. */
export function citedOfRow(row: CitedEventRow): CitedEvent {
  const pdu = JSON.parse(row.json) as Pdu;
  const rejected = (row.flags & EVENT_REJECTED) !== 0;
  return {
    eventNid: row.eventNid,
    eventId: row.eventId,
    event: { ...pdu, eventId: row.eventId, ...(rejected ? { rejected } : {}) } as AuthEvent,
    place: placeOf(row),
  };
}
