import { createHash } from 'node:crypto';
import { compareCodePoints } from '../canonical-json.ts';
import { distinctSets, partLoose } from './conflicts.ts';
import type { AuthCheck, EventSource, ResolutionEvent, StateKey, StateMap } from './types.ts';
import { mustGet, splitStateKey, stateKeyOf } from './types.ts';

/**
 * State resolution of room version 1 (`/rooms/v1` #state-resolution).
 *
 * Conflicts are settled in passes: power levels, join rules, members, and then everything else, which cannot change
 * what is authorised. Within a pass each conflict is judged by the room as the passes before left it, so that the order
 * of keys does not matter.
 */
export function resolveWithV1(
  stateSets: readonly StateMap[],
  source: EventSource,
  check: AuthCheck,
): Map<StateKey, string> {
  const { unconflicted: resolved, conflicted } = partLoose(distinctSets(stateSets));
  const pending = new Map<StateKey, ResolutionEvent[]>();
  for (const [key, ids] of conflicted) pending.set(key, oldestFirst(ids.map((id) => mustGet(source, id))));

  const pass = (inPass: (type: string, stateKey: string) => boolean, settle: typeof settleAuthConflict): void => {
    const settled: Array<[StateKey, string]> = [];
    for (const [key, events] of pending) {
      if (!inPass(...splitStateKey(key))) continue;
      settled.push([key, settle(key, events, resolved, source, check).eventId]);
      pending.delete(key);
    }
    for (const [key, id] of settled) resolved.set(key, id);
  };
  pass((type, stateKey) => type === 'm.room.power_levels' && stateKey === '', settleAuthConflict);
  pass((type) => type === 'm.room.join_rules', settleAuthConflict);
  pass((type) => type === 'm.room.member', settleAuthConflict);
  pass(() => true, settleOtherConflict);
  return resolved;
}

/**
 * The oldest event stands; each later one replaces it if the room with its predecessor in place allows it, and the first
 * that is not allowed ends the climb.
 */
function settleAuthConflict(
  key: StateKey,
  oldestFirstEvents: readonly ResolutionEvent[],
  resolved: StateMap,
  source: EventSource,
  check: AuthCheck,
): ResolutionEvent {
  let standing = oldestFirstEvents[0]!;
  for (const event of oldestFirstEvents.slice(1)) {
    const allowed = check(event, (type, stateKey) => {
      const wanted = stateKeyOf(type, stateKey);
      if (wanted === key) return standing;
      const id = resolved.get(wanted);
      return id === undefined ? undefined : mustGet(source, id);
    });
    if (!allowed) break;
    standing = event;
  }
  return standing;
}

/** The newest event that the room allows; the oldest of all if it allows none, as a key must not get lost. */
function settleOtherConflict(
  _key: StateKey,
  oldestFirstEvents: readonly ResolutionEvent[],
  resolved: StateMap,
  source: EventSource,
  check: AuthCheck,
): ResolutionEvent {
  const newest = oldestFirstEvents.findLast((event) =>
    check(event, (type, stateKey) => {
      const id = resolved.get(stateKeyOf(type, stateKey));
      return id === undefined ? undefined : mustGet(source, id);
    }),
  );
  return newest ?? oldestFirstEvents[0]!;
}

/** Ascending depth, then descending SHA-1 of the event id. */
function oldestFirst(events: readonly ResolutionEvent[]): ResolutionEvent[] {
  const keyed = events.map((event) => ({ event, sha1: createHash('sha1').update(event.eventId).digest('hex') }));
  keyed.sort((a, b) => a.event.depth - b.event.depth || compareCodePoints(b.sha1, a.sha1));
  return keyed.map(({ event }) => event);
}
