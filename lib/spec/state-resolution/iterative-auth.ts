import type { StateLookup } from '../auth-event.ts';
import type { AuthCheck, EventSource, ResolutionEvent, StateKey, StateMap } from './types.ts';
import { keyOfEvent, MissingEventsError, mustGet, stateKeyOf } from './types.ts';

/**
 * The iterative auth checks (`/rooms/v2` #definitions): applies each event to `state` if the auth rules allow it there,
 * else passes over it. What the rules ask for and the state lacks comes from the event's own `auth_events`, unless that
 * auth event was rejected.
 *
 * @param state changed in place
 * @param impliedCreate the create event of room versions that keep it out of `auth_events`
 * @throws MissingEventsError when events that the rules look at are not loaded
 */
export function applyAuthorised(
  state: Map<StateKey, string>,
  ordered: readonly ResolutionEvent[],
  source: EventSource,
  check: AuthCheck,
  impliedCreate: string | undefined,
): void {
  requireLoaded(state, ordered, source);
  let current: ResolutionEvent;
  const lookup: StateLookup = (type, stateKey) => {
    const held = state.get(stateKeyOf(type, stateKey));
    if (held !== undefined) return mustGet(source, held);
    for (const id of current.authEventIds) {
      const cited = mustGet(source, id);
      if (cited.type === type && cited.state_key === stateKey && cited.rejected !== true) return cited;
    }
    if (impliedCreate !== undefined && type === 'm.room.create' && stateKey === '') {
      return mustGet(source, impliedCreate);
    }
    return undefined;
  };
  for (const event of ordered) {
    current = event;
    if (check(event, lookup)) state.set(keyOfEvent(event), event.eventId);
  }
}

/** Names all missing events that can be foreseen at once, instead of one for each attempt. */
function requireLoaded(state: StateMap, ordered: readonly ResolutionEvent[], source: EventSource): void {
  const missing = new Set<string>();
  const need = (id: string | undefined): void => {
    if (id !== undefined && source.get(id) === undefined) missing.add(id);
  };
  const needKey = (type: string, stateKey: string): void => need(state.get(stateKeyOf(type, stateKey)));
  needKey('m.room.create', '');
  needKey('m.room.power_levels', '');
  for (const event of ordered) {
    for (const id of event.authEventIds) need(id);
    needKey('m.room.member', event.sender);
    if (event.type !== 'm.room.member') continue;
    needKey('m.room.join_rules', '');
    if (event.state_key !== undefined) needKey('m.room.member', event.state_key);
  }
  if (missing.size > 0) throw new MissingEventsError([...missing]);
}
