import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import type { VisibilityFacts } from '../../storage/timeline/visibility-facts.ts';

export type HistoryVisibility = 'world_readable' | 'shared' | 'invited' | 'joined';

interface Step<Value> {
  position: number;
  value: Value;
}

/** What was in force just before an event. */
export interface StateBefore {
  visibility: HistoryVisibility;
  membership: string;
}

/**
 * One user's view of one room's history: how its visibility and the user's membership changed, as intervals of the
 * events stream. Made once of a few rows, asked for many events.
 */
export class RoomView {
  /** Every setting that the room ever had lets whoever joins read all of it. */
  readonly alwaysShared: boolean;
  /** Positions tell the state at an event: no other server ever added events to the room. */
  readonly linear: boolean;
  /** The user is in the room now. */
  readonly joined: boolean;
  /** The last time that the user's membership became (or stayed) `join`; minus infinity when it never was. */
  readonly lastJoin: number;
  /** Where the last stay of a user who has left ended; null for members and for those who never were. */
  readonly departedAt: number | null;
  readonly #visibility: Step<HistoryVisibility>[] = [];
  readonly #membership: Step<string>[] = [];
  readonly #visibilityByNid = new Map<number, HistoryVisibility>();
  readonly #membershipByNid = new Map<number, string>();

  constructor(facts: VisibilityFacts) {
    let lastJoin = Number.NEGATIVE_INFINITY;
    let departedAt: number | null = null;
    let wasJoined = false;
    for (const { eventNid, position, json } of facts.visibility) {
      const value = historyVisibilityOf((JSON.parse(json) as { content?: JsonObject }).content);
      this.#visibilityByNid.set(eventNid, value);
      if (position !== null) this.#visibility.push({ position, value });
    }
    for (const { eventNid, position, membership } of facts.memberships) {
      this.#membershipByNid.set(eventNid, membership);
      this.#membership.push({ position, value: membership });
      if (membership === 'join') lastJoin = Math.max(lastJoin, position);
      if (wasJoined && membership !== 'join') departedAt = position;
      wasJoined = membership === 'join';
    }
    this.linear = !facts.remote;
    this.lastJoin = lastJoin;
    this.joined = wasJoined;
    this.departedAt = wasJoined ? null : departedAt;
    this.alwaysShared = [...this.#visibilityByNid.values()].every((v) => v === 'shared' || v === 'world_readable');
  }

  /** State before a place in the events stream. */
  before(position: number): StateBefore {
    return {
      visibility: lastBefore(this.#visibility, position) ?? 'shared',
      membership: lastBefore(this.#membership, position) ?? 'leave',
    };
  }

  /** The setting that a known history visibility event makes. */
  visibilityOfEvent(eventNid: number): HistoryVisibility | undefined {
    return this.#visibilityByNid.get(eventNid);
  }

  /** The membership that a known member event of the user sets. */
  membershipOfEvent(eventNid: number): string | undefined {
    return this.#membershipByNid.get(eventNid);
  }
}

/** `content.history_visibility`; `shared` where it is absent or not understood. */
export function historyVisibilityOf(content: JsonObject | undefined): HistoryVisibility {
  const value = content?.['history_visibility'];
  return value === 'world_readable' || value === 'invited' || value === 'joined' ? value : 'shared';
}

/**
 * Whether a user may see an event (client-server API, room history visibility, server behaviour), by the state before
 * it, what it changes of that itself, and whether the user joined later.
 */
export function maySee(view: RoomView, row: EventRow, userId: string, before: StateBefore): boolean {
  const visibilities = [before.visibility];
  const memberships = [before.membership];
  if (row.type === 'm.room.history_visibility' && row.stateKey === '') {
    visibilities.push(view.visibilityOfEvent(row.eventNid) ?? historyVisibilityOf(contentOf(row)));
  }
  if (isOwnMember(row, userId)) {
    const after = ownMembership(row);
    memberships.push(after);
    // Whoever declines an invite has to be told that it is gone.
    if (after === 'leave' && ['invite', 'knock', 'join'].includes(before.membership)) return true;
  }
  const joinedLater = view.lastJoin > (row.position ?? Number.POSITIVE_INFINITY);
  return visibilities.some((visibility) =>
    memberships.some(
      (membership) =>
        visibility === 'world_readable' ||
        membership === 'join' ||
        (visibility === 'shared' && joinedLater) ||
        (visibility === 'invited' && membership === 'invite'),
    ),
  );
}

/** The user's membership at an event, with the change that the event makes (`unsigned.membership`). */
export function membershipAt(row: EventRow, userId: string, before: StateBefore): string {
  return isOwnMember(row, userId) ? ownMembership(row) : before.membership;
}

/** True for the member event of that user. */
export function isOwnMember(row: EventRow, userId: string): boolean {
  return row.type === 'm.room.member' && row.stateKey === userId;
}

function ownMembership(row: EventRow): string {
  const membership = contentOf(row)?.['membership'];
  return typeof membership === 'string' ? membership : 'leave';
}

function contentOf(row: EventRow): JsonObject | undefined {
  return (JSON.parse(row.json) as { content?: JsonObject }).content;
}

/** The value of the last step before a position: binary search. */
function lastBefore<Value>(steps: Step<Value>[], position: number): Value | undefined {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] as Step<Value>).position < position) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1]?.value;
}
