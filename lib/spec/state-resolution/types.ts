import type { AuthEvent, StateLookup } from '../auth-event.ts';
import { authEventIds, type Pdu } from '../events.ts';
import type { RoomVersion } from '../room-versions.ts';

/*
 * The vocabulary of state resolution: what goes in, what comes out.
 *
 * Resolution is pure and synchronous: every event it needs is loaded before, and it says which ones are missing.
 */

/** `${type}\0${state_key}`: one string, so that maps need no nested lookups. */
export type StateKey = string;

/** Room state: which event (by id, unless told otherwise) holds each `(type, state_key)`. */
export type StateMap<V = string> = ReadonlyMap<StateKey, V>;

/** The least that resolution must know of a state event: what the auth rules read, and what events are ordered by. */
export interface ResolutionEvent extends AuthEvent {
  /** As in the event; the rule for the creator's first join reads it. */
  prev_events: Pdu['prev_events'];
  depth: number;
  /** Milliseconds since the epoch, as the sender's server claims. */
  origin_server_ts: number;
  /** Ids of `auth_events`, whatever form the room version gives them. */
  authEventIds: readonly string[];
}

/** Events by id, all of them loaded before resolution starts. */
export interface EventSource {
  get(eventId: string): ResolutionEvent | undefined;
}

/** Do the state-dependent auth rules allow `event` in the room that `lookup` shows? Must not throw. */
export type AuthCheck = (event: ResolutionEvent, lookup: StateLookup) => boolean;

export interface ResolveOptions {
  /**
   * The auth difference of the state sets (each given as its event ids): every event that is in the auth chain of some
   * set but not of all of them, a set's own events counting as part of its chain. An index may answer this; without it
   * the chains are walked in the event source, which then must hold them whole.
   */
  authDifference?(sets: ReadonlyArray<ReadonlySet<string>>): Iterable<string>;
  /**
   * For v2.1: every event on an auth path between two of the given events, the ends included. Without it the chains are
   * walked in the event source.
   */
  conflictedSubgraph?(conflicted: ReadonlySet<string>): Iterable<string>;
  /**
   * The `m.room.create` event, for room versions that keep it out of `auth_events` (12). Without it the create event of
   * the state sets is taken.
   */
  createEventId?: string;
  /** Replaces the auth rules of the room version, for tests and measurements. */
  authCheck?: AuthCheck;
}

/**
 * Resolution met events that the source does not have. The caller loads them and starts again: the list holds all that
 * were found missing in one step, so few rounds are needed.
 */
export class MissingEventsError extends Error {
  readonly eventIds: readonly string[];

  constructor(eventIds: readonly string[]) {
    super(`state resolution needs ${eventIds.length} events that are not loaded, ${eventIds[0] ?? ''} first`);
    this.name = 'MissingEventsError';
    this.eventIds = eventIds;
  }
}

/** What resolution must know of an event that is at hand as a PDU. */
export function resolutionEventOf(
  pdu: Pdu,
  eventId: string,
  version: RoomVersion,
  rejected: boolean = false,
): ResolutionEvent {
  const { room_id, type, state_key, sender, content, prev_events, redacts, depth, origin_server_ts } = pdu;
  return {
    eventId,
    room_id,
    type,
    state_key,
    sender,
    content,
    prev_events,
    redacts,
    depth,
    origin_server_ts,
    authEventIds: authEventIds(pdu, version),
    rejected,
  };
}

/** Joins an event type and a state key into one map key. */
export function stateKeyOf(type: string, stateKey: string): StateKey {
  return `${type}\0${stateKey}`;
}

/** Takes a map key apart into `[type, state_key]`. */
export function splitStateKey(key: StateKey): [type: string, stateKey: string] {
  const cut = key.indexOf('\0');
  return [key.slice(0, cut), key.slice(cut + 1)];
}

/** The map key of a state event. */
export function keyOfEvent(event: ResolutionEvent): StateKey {
  return `${event.type}\0${event.state_key ?? ''}`;
}

/** The event, or a {@link MissingEventsError} naming it. */
export function mustGet(source: EventSource, eventId: string): ResolutionEvent {
  const event = source.get(eventId);
  if (event === undefined) throw new MissingEventsError([eventId]);
  return event;
}
