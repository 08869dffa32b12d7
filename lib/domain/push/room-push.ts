import type { PowerLevels } from '../../spec/power-levels.ts';
import type { NewEvent } from '../../streams/writers.ts';

/** What an event does to the unread counts of a room's members. */
export interface PushDecision {
  /** For members with the default rules who are not mentioned: 0 nothing, 1 notify, 2 highlight. */
  notify: number;
  /** Local members for whom it is otherwise. */
  exceptions: { userId: string; notify: number }[];
}

/** A change of somebody's membership. */
export interface PushMembership {
  userId: string;
  membership: string;
  displayName: string | null;
  local: boolean;
  /** Membership before. */
  previous: string | null;
}

/** Push rules of one room's local members, kept with the room's actor. */
export interface RoomPush {
  /** About how much memory it takes. */
  readonly bytes: number;
  /**
   * Reads what deciding on an event needs of a large room's members. Undefined when everything is at hand, until
   * somebody waits.
   */
  prepare(event: Pick<NewEvent, 'stateKey' | 'content'>): Promise<void> | undefined;
  /**
   * Rules evaluated for an event about to be stored; the sender is never notified.
   * @param invited of an invite: the local user who is invited.
   */
  decide(event: NewEvent & { roomId: string }, levels: PowerLevels, invited?: string): PushDecision;
  /** A member event changes who is concerned. */
  memberChanged(change: PushMembership): void;
}

/** Makes {@link RoomPush}es. */
export interface PushDecider {
  forRoom(roomNid: number): Promise<RoomPush>;
  /** For a room that is being made: nobody is in it yet. */
  forNewRoom(roomNid: number): Promise<RoomPush>;
}
