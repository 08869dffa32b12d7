import { AuthCheck, type AuthOptions } from './auth-check.ts';
import { AuthError, type AuthEvent, type StateLookup } from './auth-event.ts';
import { checkMember } from './auth-member-rules.ts';
import { checkPowerLevels } from './auth-power-rules.ts';
import { ruleNumbers } from './auth-rule-numbers.ts';
import { type Pdu, prevEventIds } from './events.ts';
import { isUserId, serverNameOf } from './ids.ts';
import { getRoomVersion, type RoomVersion } from './room-versions.ts';

export type { AuthOptions } from './auth-check.ts';
export { AuthError, type AuthEvent, type StateLookup } from './auth-event.ts';
export { authEventKeysFor, checkAuthEvents } from './auth-selection.ts';

/**
 * The authorization rules of room versions 1 to 12 on one set of state (room versions, "Authorisation rules").
 *
 * `state` serves every use of state in the rules: give it the event's auth events, then the state before the event,
 * then the current state, as the checks on receipt of a PDU ask. In room version 12 it must know the create event too,
 * which the room id names and `auth_events` does not. The rules about the list of `auth_events` itself are
 * {@link checkAuthEvents}; that the sender's server signed the event is checked elsewhere.
 *
 * Throws {@link AuthError} (403 `M_FORBIDDEN`) with the number of the rule. Returns when the event is allowed.
 */
export function checkAuth(event: AuthEvent, version: RoomVersion, state: StateLookup, options: AuthOptions = {}): void {
  if (event.type === 'm.room.create') {
    checkCreate(event, version);
    return;
  }
  const create = requireCreate(event, version, state);
  const check = new AuthCheck(event, version, state, options, create);
  const { rules } = check;
  if (create.content['m.federate'] === false && serverNameOf(event.sender) !== serverNameOf(create.sender)) {
    throw new AuthError(rules.federate, 'the room does not admit users of other servers');
  }
  if (version.specialCaseAliasesAuth && event.type === 'm.room.aliases') {
    checkAliases(event, rules.aliases);
    return;
  }
  if (event.type === 'm.room.member') {
    checkMember(check);
    return;
  }
  check.requireSenderJoined(rules.senderJoined);
  if (event.type === 'm.room.third_party_invite') {
    if (check.senderLevel >= check.levels.level('invite')) return;
    throw new AuthError(`${rules.thirdPartyInvite}.1`, `${event.sender} may not invite to the room`);
  }
  if (check.levels.eventLevel(event.type, event.state_key !== undefined) > check.senderLevel) {
    throw new AuthError(rules.requiredLevel, `${event.sender} may not send events of type ${event.type}`);
  }
  if (event.state_key?.startsWith('@') === true && event.state_key !== event.sender) {
    throw new AuthError(rules.userStateKey, 'a state key that is a user id must be the sender');
  }
  if (event.type === 'm.room.power_levels') {
    checkPowerLevels(check);
    return;
  }
  if (version.redactionAuthRule && event.type === 'm.room.redaction') checkRedaction(check);
}

/** True when {@link checkAuth} allows the event. */
export function isAuthorised(
  event: AuthEvent,
  version: RoomVersion,
  state: StateLookup,
  options: AuthOptions = {},
): boolean {
  try {
    checkAuth(event, version, state, options);
    return true;
  } catch (error) {
    if (error instanceof AuthError) return false;
    throw error;
  }
}

function checkCreate(event: AuthEvent, version: RoomVersion): void {
  const { content } = event;
  if (prevEventIds(event as Pick<Pdu, 'prev_events'>, version).length > 0) {
    throw new AuthError('1.1', 'a create event must not have previous events');
  }
  if (version.roomIdIsHash) {
    if (event.room_id !== undefined) throw new AuthError('1.2', 'the create event must not have a room id');
  } else if (event.room_id === undefined || domainsDiffer(event.room_id, event.sender)) {
    throw new AuthError('1.2', 'the room id is not of the server that creates the room');
  }
  const id = content['room_version'];
  if (id !== undefined && (typeof id !== 'string' || getRoomVersion(id) === undefined)) {
    throw new AuthError('1.3', 'the room version is not known');
  }
  if (version.privilegedCreators) {
    const more = content['additional_creators'];
    if (more !== undefined && !(Array.isArray(more) && more.every((userId) => isUserId(userId)))) {
      throw new AuthError('1.4', 'additional_creators must be an array of user ids');
    }
  } else if (!version.creatorIsSender && content['creator'] === undefined) {
    throw new AuthError('1.4', 'the create event names no creator');
  }
}

function domainsDiffer(a: string, b: string): boolean {
  const domain = serverNameOf(a);
  return domain === undefined || domain !== serverNameOf(b);
}

/** The create event of the event's room, which every other rule rests on. */
function requireCreate(event: AuthEvent, version: RoomVersion, state: StateLookup): AuthEvent {
  const rules = ruleNumbers(version);
  const create = state('m.room.create', '');
  if (create === undefined) throw new AuthError(rules.noCreate, 'the room has no create event');
  if (version.roomIdIsHash) {
    if (create.rejected === true || event.room_id !== `!${create.eventId.slice(1)}`) {
      throw new AuthError(rules.noCreate, 'the room id is not that of an accepted create event');
    }
  } else if (create.room_id !== undefined && create.room_id !== event.room_id) {
    throw new AuthError(rules.roomMismatch, 'the create event is of another room');
  }
  return create;
}

function checkAliases(event: AuthEvent, rule: string): void {
  if (event.state_key === undefined) throw new AuthError(`${rule}.1`, 'an aliases event needs a state key');
  if (event.state_key !== serverNameOf(event.sender)) {
    throw new AuthError(`${rule}.2`, "the state key of an aliases event must be the sender's server");
  }
}

function checkRedaction({ event, levels, senderLevel, rules }: AuthCheck): void {
  if (senderLevel >= levels.level('redact')) return;
  if (typeof event.redacts === 'string' && !domainsDiffer(event.redacts, event.eventId)) return;
  throw new AuthError(`${rules.redaction}.3`, `${event.sender} may not redact events of others`);
}
