import type { AuthError } from '../../../spec/auth-rules.ts';
import type { StateGroupWrite } from '../../../storage/events/batch-write.ts';
import type { StateChain } from '../state-chain.ts';
import type { GroupRef } from './group-diff.ts';
import type { Incoming } from './incoming.ts';
import type { CitedEvent, KnownEvent } from './known-events.ts';
import type { HeldRedaction, RedactionEffect } from './redactions.ts';
import type { Resolution } from './resolver.ts';
import type { StateKeyPair } from './room-state.ts';

/** A state group that an event rests on: stored, planned, or to be written with the event. */
export interface PreparedGroup {
  ref: GroupRef;
  /** When it is new. */
  write: StateGroupWrite | undefined;
  /** Its chain; undefined where it is the room's current group and the actor has it, or where nobody needs it. */
  chain: StateChain | undefined;
  /** What a new group is made of: once it is stored, the same is not stored again. */
  madeOf?: string;
}

/** An event that was checked against its auth events and the state before it, and waits for its place. */
export interface Draft {
  incoming: Incoming;
  eventNid: number;
  /** It is stored already as an outlier. */
  outlier: KnownEvent | undefined;
  previous: KnownEvent[];
  /** Numeric ids of what it follows, looking through rejected and soft-failed events: no extremities any more. */
  behind: number[];
  /** Parents that nobody here has; the state before the event was given. */
  missing: string[];
  /** Stored events wait for it as their parent. */
  wanted: boolean;
  /** Some of those are shown, so that it comes in the middle of the graph and not at its end. */
  followed: boolean;
  cited: CitedEvent[];
  before: PreparedGroup;
  /** It comes to the room's past: extremities, current state and readers of the stream have nothing to do with it. */
  historic: boolean;
  /** Why it is refused. */
  rejectedBy: AuthError | undefined;
  /** It is to be hidden whatever the current state says: the room's policy server has not signed it. */
  unwelcome: boolean;
  /** Of a redaction: what it does. */
  redaction: RedactionEffect | undefined;
  /** Redactions that have waited for it. */
  held: HeldRedaction[];
  relatedThread: string | null;
  resolution: PreparedResolution | undefined;
  /** What the extremities and the state before the event resolve to: for an event from behind a gap. */
  across: PreparedResolution | undefined;
  /** Of an event of this server that took the long way: the client's transaction. */
  txn: { deviceId: string; txnId: string } | undefined;
}

/** What the extremities resolve to, worked out for one set of them. */
export interface PreparedResolution {
  key: string;
  groups: GroupRef[];
  result: Resolution;
  /** Of the stored group that the result is a change of. */
  chain: StateChain | undefined;
}

/** What has to be read or computed before an event can be applied. */
export type Need =
  | { kind: 'keys'; keys: StateKeyPair[] }
  /** `across`: not for the head, but to see whether an event from behind a gap is welcome. */
  | { kind: 'resolution'; key: string; groups: GroupRef[]; from: GroupRef; across?: true }
  | { kind: 'chain' };

/** Stands for the group after an event that has no id yet. */
export const OWN_GROUP = -1;
