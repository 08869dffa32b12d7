import { AuthGraph } from './auth-graph.ts';
import { distinctSets, partStrict } from './conflicts.ts';
import { applyAuthorised } from './iterative-auth.ts';
import { Mainline } from './mainline.ts';
import { powerOrder, selectPowerEvents } from './power-ordering.ts';
import type { AuthCheck, EventSource, ResolutionEvent, ResolveOptions, StateKey, StateMap } from './types.ts';
import { MissingEventsError, mustGet, stateKeyOf } from './types.ts';

/** What the room version decides about the algorithm of version 2. */
export interface V2Rules {
  check: AuthCheck;
  /** The power of an event's sender as the event's `auth_events` tell it; `create` is the room's, where implied. */
  senderPower(event: ResolutionEvent, source: EventSource, create: ResolutionEvent | undefined): number;
  /** True where `m.room.create` is never among the `auth_events` (room version 12). */
  createIsImplied: boolean;
  /** v2.1: begin from nothing and replay what lies between conflicted events, too (`/rooms/v12` #state-resolution). */
  revised: boolean;
}

/** State resolution of room versions 2 to 11 (`/rooms/v2` #algorithm) and, revised, of 12 (`/rooms/v12` #algorithm). */
export function resolveWithV2(
  stateSets: readonly StateMap[],
  source: EventSource,
  options: ResolveOptions,
  rules: V2Rules,
): Map<StateKey, string> {
  const sets = distinctSets(stateSets);
  const { unconflicted, conflicted } = partStrict(sets);
  if (conflicted.size === 0) return unconflicted;

  const fullConflicted = fullConflictedSet(sets, conflicted, source, options, rules.revised);
  requireLoaded(fullConflicted, source);
  const impliedCreate = rules.createIsImplied ? findCreate(sets, options) : undefined;
  const create = impliedCreate === undefined ? undefined : mustGet(source, impliedCreate);

  // Steps 1 and 2: power events, on top of the unconflicted state or, revised, of nothing.
  const power = selectPowerEvents(fullConflicted, source);
  requireAuthEventsLoaded(power, source);
  const powerOrdered = powerOrder(power, source, (event) => rules.senderPower(event, source, create));
  const resolved = rules.revised ? new Map<StateKey, string>() : new Map(unconflicted);
  applyAuthorised(resolved, powerOrdered, source, rules.check, impliedCreate);

  // Steps 3 and 4: everything else, by the mainline of the power levels just resolved.
  const others: ResolutionEvent[] = [];
  for (const id of fullConflicted) if (!power.has(id)) others.push(mustGet(source, id));
  const mainline = new Mainline(source, resolved.get(stateKeyOf('m.room.power_levels', '')));
  applyAuthorised(resolved, mainline.order(others), source, rules.check, impliedCreate);

  // Step 5: nothing outweighs what all sets agree on.
  for (const [key, id] of unconflicted) resolved.set(key, id);
  return resolved;
}

/** Conflicted state set, auth difference and, in v2.1, the conflicted state subgraph (`/rooms/v12` #definitions). */
export function fullConflictedSet(
  sets: readonly StateMap[],
  conflicted: ReadonlyMap<StateKey, readonly string[]>,
  source: EventSource,
  options: ResolveOptions,
  revised: boolean,
): Set<string> {
  const conflictedIds = new Set<string>();
  for (const ids of conflicted.values()) for (const id of ids) conflictedIds.add(id);
  const graph = new AuthGraph(source);
  const idSets = sets.map((set) => new Set(set.values()));
  const full = new Set(conflictedIds);
  for (const id of options.authDifference?.(idSets) ?? graph.authDifference(idSets)) full.add(id);
  if (revised) {
    for (const id of options.conflictedSubgraph?.(conflictedIds) ?? graph.conflictedSubgraph(conflictedIds)) {
      full.add(id);
    }
  }
  return full;
}

function findCreate(sets: readonly StateMap[], options: ResolveOptions): string | undefined {
  if (options.createEventId !== undefined) return options.createEventId;
  const key = stateKeyOf('m.room.create', '');
  return sets.find((set) => set.has(key))?.get(key);
}

function requireLoaded(eventIds: Iterable<string>, source: EventSource): void {
  const missing: string[] = [];
  for (const id of eventIds) if (source.get(id) === undefined) missing.push(id);
  if (missing.length > 0) throw new MissingEventsError(missing);
}

function requireAuthEventsLoaded(eventIds: Iterable<string>, source: EventSource): void {
  const cited = new Set<string>();
  for (const id of eventIds) for (const authId of mustGet(source, id).authEventIds) cited.add(authId);
  requireLoaded(cited, source);
}
