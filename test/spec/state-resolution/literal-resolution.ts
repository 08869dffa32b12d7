import { isAuthorised } from '../../../lib/spec/auth-rules.ts';
import type { RoomVersion } from '../../../lib/spec/room-versions.ts';
import type { ResolutionEvent, StateMap } from '../../../lib/spec/state-resolution/index.ts';

/*
 * State resolution v2 and v2.1 written down as the specification words it, sentence by sentence, with sets and
 * recursion and no thought of time: the oracle for the real one. It shares the auth rules with it and nothing else.
 */

type Key = string;
type Events = ReadonlyMap<string, ResolutionEvent>;

export function literalResolve(
  version: RoomVersion,
  states: readonly StateMap[],
  events: Events,
  revised: boolean,
): Map<Key, string> {
  // Unconflicted state map and conflicted state set.
  const allKeys = new Set(states.flatMap((state) => [...state.keys()]));
  const unconflicted = new Map<Key, string>();
  const conflictedStateSet = new Set<string>();
  for (const key of allKeys) {
    const first = states[0]!.get(key);
    if (first !== undefined && states.every((state) => state.get(key) === first)) unconflicted.set(key, first);
    else for (const state of states) if (state.has(key)) conflictedStateSet.add(state.get(key)!);
  }

  // Auth difference: ∪Cᵢ − ∩Cᵢ; a state's own events are part of its chain.
  const chains = states.map((state) => {
    const chain = new Set<string>();
    for (const id of state.values()) for (const member of [id, ...authChain(id, events)]) chain.add(member);
    return chain;
  });
  const union = new Set(chains.flatMap((chain) => [...chain]));
  const authDifference = [...union].filter((id) => !chains.every((chain) => chain.has(id)));

  // Conflicted state subgraph: every event on a path between two conflicted events.
  const subgraph = [...union].filter(
    (id) =>
      [...conflictedStateSet].some((from) => from === id || authChain(from, events).has(id)) &&
      [...conflictedStateSet].some((to) => to === id || authChain(id, events).has(to)),
  );

  const fullConflictedSet = new Set([...conflictedStateSet, ...authDifference, ...(revised ? subgraph : [])]);

  // Step 1.
  const x = new Set<string>();
  const enlarge = (id: string): void => {
    if (!fullConflictedSet.has(id) || x.has(id)) return;
    x.add(id);
    for (const cited of events.get(id)!.authEventIds) enlarge(cited);
  };
  for (const id of fullConflictedSet) if (isPowerEvent(events.get(id)!)) enlarge(id);
  const create = [...events.values()].find((event) => event.type === 'm.room.create')!;
  const powerOf = (event: ResolutionEvent): number => senderPower(event, events, create, version);
  const xSorted: ResolutionEvent[] = [];
  const waiting = new Set(x);
  while (waiting.size > 0) {
    const candidates = [...waiting]
      .map((id) => events.get(id)!)
      .filter((event) => !event.authEventIds.some((cited) => waiting.has(cited)));
    candidates.sort((a, b) => {
      if (powerOf(a) !== powerOf(b)) return powerOf(a) > powerOf(b) ? -1 : 1;
      if (a.origin_server_ts !== b.origin_server_ts) return a.origin_server_ts - b.origin_server_ts;
      return a.eventId < b.eventId ? -1 : 1;
    });
    xSorted.push(candidates[0]!);
    waiting.delete(candidates[0]!.eventId);
  }

  // Step 2.
  let state = new Map<Key, string>(revised ? [] : unconflicted);
  state = iterativeAuthChecks(state, xSorted, events, create, version);

  // Step 3.
  const remaining = [...fullConflictedSet].filter((id) => !x.has(id)).map((id) => events.get(id)!);
  const mainline: string[] = [];
  for (let p = state.get('m.room.power_levels\0'); p !== undefined; p = powerLevelsIn(events.get(p)!, events)) {
    mainline.push(p);
  }
  const position = (event: ResolutionEvent): number => {
    for (let e = powerLevelsIn(event, events); e !== undefined; e = powerLevelsIn(events.get(e)!, events)) {
      if (mainline.includes(e)) return mainline.indexOf(e);
    }
    return Infinity;
  };
  remaining.sort((a, b) => {
    if (position(a) !== position(b)) return position(a) > position(b) ? -1 : 1;
    if (a.origin_server_ts !== b.origin_server_ts) return a.origin_server_ts - b.origin_server_ts;
    return a.eventId < b.eventId ? -1 : 1;
  });

  // Step 4.
  state = iterativeAuthChecks(state, remaining, events, create, version);

  // Step 5.
  return new Map([...state, ...unconflicted]);
}

function iterativeAuthChecks(
  initial: Map<Key, string>,
  sorted: readonly ResolutionEvent[],
  events: Events,
  create: ResolutionEvent,
  version: RoomVersion,
): Map<Key, string> {
  const state = new Map(initial);
  for (const event of sorted) {
    const view = new Map<Key, ResolutionEvent>();
    if (!version.createInAuthEvents) view.set('m.room.create\0', create);
    for (const id of event.authEventIds.toReversed()) {
      const cited = events.get(id)!;
      if (!cited.rejected) view.set(`${cited.type}\0${cited.state_key}`, cited);
    }
    for (const [key, id] of state) view.set(key, events.get(id)!);
    if (isAuthorised(event, version, (type, stateKey) => view.get(`${type}\0${stateKey}`))) {
      state.set(`${event.type}\0${event.state_key}`, event.eventId);
    }
  }
  return state;
}

function authChain(id: string, events: Events): Set<string> {
  const chain = new Set<string>();
  const visit = (at: string): void => {
    for (const cited of events.get(at)!.authEventIds) {
      if (chain.has(cited)) continue;
      chain.add(cited);
      visit(cited);
    }
  };
  visit(id);
  return chain;
}

function isPowerEvent({ type, state_key, sender, content }: ResolutionEvent): boolean {
  if (type === 'm.room.power_levels' || type === 'm.room.join_rules') return true;
  const removal = content['membership'] === 'leave' || content['membership'] === 'ban';
  return type === 'm.room.member' && removal && sender !== state_key;
}

function powerLevelsIn(event: ResolutionEvent, events: Events): string | undefined {
  return event.authEventIds.find((id) => events.get(id)!.type === 'm.room.power_levels');
}

function senderPower(event: ResolutionEvent, events: Events, create: ResolutionEvent, version: RoomVersion): number {
  if (version.privilegedCreators && create.sender === event.sender) return Infinity;
  const id = powerLevelsIn(event, events);
  if (id === undefined) {
    const cites = event.authEventIds.includes(create.eventId);
    return cites && !version.privilegedCreators && create.sender === event.sender ? 100 : 0;
  }
  const content = events.get(id)!.content as { users?: Record<string, number>; users_default?: number };
  return content.users?.[event.sender] ?? content.users_default ?? 0;
}
