import { isAuthorised } from '../auth-rules.ts';
import { PowerLevels } from '../power-levels.ts';
import type { RoomVersion } from '../room-versions.ts';
import { citedPowerLevels } from './mainline.ts';
import type { AuthCheck, EventSource, ResolutionEvent, ResolveOptions, StateKey, StateMap } from './types.ts';
import { mustGet } from './types.ts';
import { resolveWithV1 } from './v1.ts';
import { resolveWithV2 } from './v2.ts';

/**
 * Resolves state sets of a room into one state, by the algorithm of the room's version (room versions,
 * "State resolution"). Pure; the order of the sets and sets given twice make no difference, and nothing is changed.
 *
 * @param stateSets the states after each of the `prev_events`; no sets at all give empty state
 * @param source every event of the full conflicted set with its `auth_events`, every power levels event in their auth
 *   chains, and the unconflicted events that the auth rules look at; the whole auth chains where `options` serve no index
 * @throws MissingEventsError naming events that were needed and not in the source
 */
export function resolveState(
  version: RoomVersion,
  stateSets: readonly StateMap[],
  source: EventSource,
  options: ResolveOptions = {},
): Map<StateKey, string> {
  switch (version.stateResolution) {
    case 'v1':
      return resolveV1(version, stateSets, source, options);
    case 'v2':
      return resolveV2(version, stateSets, source, options);
    case 'v2.1':
      return resolveV21(version, stateSets, source, options);
  }
}

/** State resolution of room version 1, with the auth rules of the given version. See {@link resolveState}. */
export function resolveV1(
  version: RoomVersion,
  stateSets: readonly StateMap[],
  source: EventSource,
  options: ResolveOptions = {},
): Map<StateKey, string> {
  return resolveWithV1(stateSets, source, authCheckOf(version, options));
}

/** State resolution of room versions 2 to 11, with the auth rules of the given version. See {@link resolveState}. */
export function resolveV2(
  version: RoomVersion,
  stateSets: readonly StateMap[],
  source: EventSource,
  options: ResolveOptions = {},
): Map<StateKey, string> {
  return resolveWithV2(stateSets, source, options, v2Rules(version, options, false));
}

/** State resolution of room version 12, with the auth rules of the given version. See {@link resolveState}. */
export function resolveV21(
  version: RoomVersion,
  stateSets: readonly StateMap[],
  source: EventSource,
  options: ResolveOptions = {},
): Map<StateKey, string> {
  return resolveWithV2(stateSets, source, options, v2Rules(version, options, true));
}

function v2Rules(version: RoomVersion, options: ResolveOptions, revised: boolean): Parameters<typeof resolveWithV2>[3] {
  return {
    check: authCheckOf(version, options),
    senderPower: (event, source, create) => senderPower(event, source, create, version),
    createIsImplied: !version.createInAuthEvents,
    revised,
  };
}

function authCheckOf(version: RoomVersion, options: ResolveOptions): AuthCheck {
  return options.authCheck ?? ((event, lookup) => isAuthorised(event, version, lookup));
}

/** Power of an event's sender as the event's own `auth_events` tell it, not as the room has it now. */
function senderPower(
  event: ResolutionEvent,
  source: EventSource,
  impliedCreate: ResolutionEvent | undefined,
  version: RoomVersion,
): number {
  const powerLevelsId = citedPowerLevels(event, source);
  const powerLevels = powerLevelsId === undefined ? undefined : mustGet(source, powerLevelsId);
  const create = impliedCreate ?? citedCreate(event, source);
  return new PowerLevels(powerLevels, create, version).userLevel(event.sender);
}

function citedCreate(event: ResolutionEvent, source: EventSource): ResolutionEvent | undefined {
  for (const id of event.authEventIds) {
    const cited = mustGet(source, id);
    if (cited.type === 'm.room.create') return cited;
  }
  return undefined;
}
