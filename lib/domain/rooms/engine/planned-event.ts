import type {
  CurrentStateWrite,
  MembershipWrite,
  PushExceptionWrite,
  RelationWrite,
  StateCorrectionWrite,
  StateGroupWrite,
} from '../../../storage/events/batch-write.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import type { NewPlace } from './chain-place.ts';

/** Where a room's head is after an event. */
export interface HeadAfter {
  extremities: number[];
  stateGroup: number;
  depth: number;
}

/** A user's membership as an event sets it. */
export type PlannedMembership = Omit<MembershipWrite, 'place'>;

/** What only events do that come from other servers, or that meet such events. */
export interface PlannedExtras {
  stateGroups: StateGroupWrite[];
  /** Changes of the current state beside the event's own. */
  currentState: CurrentStateWrite[];
  memberships: PlannedMembership[];
  corrections: Omit<StateCorrectionWrite, 'place'>[];
  missing: { roomNid: number; eventId: string; wantedBy: number }[];
  found: { roomNid: number; eventId: string; eventNid: number }[];
  held: { redacts: string; byNid: number; roomNid: number; hasPower: boolean }[];
  released: { redacts: string; byNid: number }[];
}

/** An event with all that its commit writes. */
export interface PlannedEvent {
  row: EventRow;
  /** Null for a stored event that keeps those it has. */
  prevNids: number[] | null;
  authNids: number[];
  /** It gets a position, so that readers of the stream see it. What comes to a room's past has one in its row instead. */
  placed: boolean;
  /** It is stored already, and changes. */
  stored?: boolean;
  /** The room's head after it; absent where it doesn't move. */
  head?: HeadAfter;
  /** The group after a state event. */
  stateGroup?: StateGroupWrite;
  /** The event becomes the current state of its key. */
  takesEffect?: boolean;
  place?: NewPlace;
  membership?: PlannedMembership;
  relation?: RelationWrite;
  redactsNid?: number;
  push: Omit<PushExceptionWrite, 'place'>[];
  more?: PlannedExtras;
}

/** Extras with nothing in them. */
export function noExtras(): PlannedExtras {
  return {
    stateGroups: [],
    currentState: [],
    memberships: [],
    corrections: [],
    missing: [],
    found: [],
    held: [],
    released: [],
  };
}
