import type { EventRow } from './event-row.ts';

/*
 * All that one batch writes. `place` counts the batch's events that get a position, from 1: the position is that much
 * behind where the stream was before.
 */

/** Head of a room after the batch. */
export interface RoomHeadWrite {
  roomNid: number;
  roomId: string;
  roomVersion: string;
  creator: string;
  createdTs: number;
  slot: number;
  extremities: number[];
  stateGroup: number;
  depth: number;
  isPublic: boolean;
  /** The room has no row yet. */
  isNew: boolean;
  /** Place of the room's last event; null when none of its events got one. */
  lastPlace: number | null;
}

/** A state group, as the difference from its base. An event of 0 takes the key away. */
export interface StateGroupWrite {
  stateGroup: number;
  roomNid: number;
  base: number | null;
  index: number;
  types: string[];
  stateKeys: string[];
  eventNids: number[];
}

/** A key of a room's current state; `eventNid` 0 removes it. */
export interface CurrentStateWrite {
  roomNid: number;
  type: string;
  stateKey: string;
  eventNid: number;
}

/** A user's membership of a room. */
export interface MembershipWrite {
  roomNid: number;
  userId: string;
  membership: string;
  eventNid: number;
  sender: string;
  displayName: string | null;
  avatarUrl: string | null;
  local: boolean;
  /** Membership before. */
  previous: string | null;
  /** Place of the event that changed it. */
  place: number;
}

/** A relation of an event to another. */
export interface RelationWrite {
  eventNid: number;
  roomNid: number;
  relatesTo: string;
  relType: string;
  key: string | null;
  type: string;
  sender: string;
}

/** A user for whom an event counts differently. */
export interface PushExceptionWrite {
  userId: string;
  roomNid: number;
  place: number;
  notify: number;
  threadRoot: string | null;
}

/** An event that is written. */
export interface EventWrite {
  row: EventRow;
  /** Null leaves them as they are, for events that are stored already. */
  prevNids: number[] | null;
  authNids: number[];
  /**
   * Null for outliers, rejected and soft-failed events, and what is not shown yet. Negative, and then the position itself,
   * for what comes to a room's past.
   */
  place: number | null;
}

/** A state event's place on the chain cover. */
export interface ChainWrite {
  eventNid: number;
  chain: number;
  sequence: number;
}

/** From `sequence` of `chain` on, `toSequence` of `toChain` is reached. */
export interface ChainLinkWrite {
  chain: number;
  sequence: number;
  toChain: number;
  toSequence: number;
}

/** A change of the current state that the timeline does not tell. */
export interface StateCorrectionWrite {
  roomNid: number;
  place: number;
  type: string;
  stateKey: string;
  eventNid: number | null;
  previousNid: number | null;
}

/** All that one batch writes. */
export interface BatchWrite {
  /** Slots whose rooms are written, with the epoch under which this process holds them. */
  fences: { slot: number; epoch: number }[];
  /** How many events get a position. */
  places: number;
  events: EventWrite[];
  /** Events that are stored already and change: outliers that find their place, redactions that take effect late. */
  stored: EventWrite[];
  rooms: RoomHeadWrite[];
  stateGroups: StateGroupWrite[];
  currentState: CurrentStateWrite[];
  memberships: MembershipWrite[];
  relations: RelationWrite[];
  pushExceptions: PushExceptionWrite[];
  redactions: { targetNid: number; byNid: number }[];
  aliases: { alias: string; roomNid: number; creator: string; ts: number }[];
  chains: ChainWrite[];
  chainLinks: ChainLinkWrite[];
  corrections: StateCorrectionWrite[];
  /** Parents that events of the batch name and that are not there. */
  missing: { roomNid: number; eventId: string; wantedBy: number }[];
  /** Events that were missing and are in the batch. */
  found: { roomNid: number; eventId: string; eventNid: number }[];
  held: { redacts: string; byNid: number; roomNid: number; hasPower: boolean }[];
  released: { redacts: string; byNid: number }[];
}

/** A batch without anything in it. */
export function emptyBatch(): BatchWrite {
  return {
    fences: [],
    places: 0,
    events: [],
    stored: [],
    rooms: [],
    stateGroups: [],
    currentState: [],
    memberships: [],
    relations: [],
    pushExceptions: [],
    redactions: [],
    aliases: [],
    chains: [],
    chainLinks: [],
    corrections: [],
    missing: [],
    found: [],
    held: [],
    released: [],
  };
}
