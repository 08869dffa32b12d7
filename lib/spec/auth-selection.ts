import { AuthError, type AuthEvent } from './auth-event.ts';
import { ruleNumbers } from './auth-rule-numbers.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { RoomVersion } from './room-versions.ts';

/** What the selection reads of an event. */
export interface SelectableEvent {
  type: string;
  state_key?: string;
  sender: string;
  content: JsonObject;
}

/**
 * Type and state key of the state events that belong into an event's `auth_events`, where the room has them
 * (server-server API, "Auth events selection"). Each pair comes once. Empty for a create event; the create event is
 * not selected in room version 12.
 */
export function authEventKeysFor(
  event: SelectableEvent,
  version: RoomVersion,
): Array<[type: string, stateKey: string]> {
  if (event.type === 'm.room.create') return [];
  const keys: Array<[string, string]> = [];
  if (version.createInAuthEvents) keys.push(['m.room.create', '']);
  keys.push(['m.room.power_levels', ''], ['m.room.member', event.sender]);
  if (event.type === 'm.room.member') addMemberKeys(keys, event, version);
  return keys;
}

function addMemberKeys(keys: Array<[string, string]>, event: SelectableEvent, version: RoomVersion): void {
  const { membership } = event.content;
  const target = event.state_key;
  if (target !== undefined && target !== event.sender) keys.push(['m.room.member', target]);
  if (membership === 'join' || membership === 'invite' || membership === 'knock') keys.push(['m.room.join_rules', '']);
  if (membership === 'invite') {
    const token = thirdPartyInviteToken(event.content);
    if (token !== undefined) keys.push(['m.room.third_party_invite', token]);
  }
  if (membership === 'join' && version.restricted) {
    const via = event.content['join_authorised_via_users_server'];
    if (typeof via === 'string' && via !== event.sender && via !== target) keys.push(['m.room.member', via]);
  }
}

/** `content.third_party_invite.signed.token`, if it is a string. */
function thirdPartyInviteToken(content: JsonObject): string | undefined {
  const invite = content['third_party_invite'];
  const signed = isJsonObject(invite) ? invite['signed'] : undefined;
  const token = isJsonObject(signed) ? signed['token'] : undefined;
  return typeof token === 'string' ? token : undefined;
}

/**
 * The rules about an event's own `auth_events` (rule 2; rule 3 in room version 12): no two for one key, none that the
 * selection does not name, none rejected, the create event among them, all of the same room. `authEvents` are the
 * events that `auth_events` names, each with the `room_id` of its room. Throws {@link AuthError}.
 */
export function checkAuthEvents(event: AuthEvent, version: RoomVersion, authEvents: readonly AuthEvent[]): void {
  if (event.type === 'm.room.create') return;
  const rules = ruleNumbers(version);
  const rule = rules.authEvents;
  const sameKey = (a: AuthEvent, b: AuthEvent): boolean => a.type === b.type && a.state_key === b.state_key;
  for (let i = 1; i < authEvents.length; i++) {
    if (authEvents.slice(0, i).some((earlier) => sameKey(earlier, authEvents[i]!))) {
      throw new AuthError(`${rule}.1`, 'auth_events has two entries for one type and state key');
    }
  }
  const selected = authEventKeysFor(event, version);
  for (const entry of authEvents) {
    if (!selected.some(([type, stateKey]) => entry.type === type && entry.state_key === stateKey)) {
      throw new AuthError(`${rule}.2`, `auth_events has an entry of type ${entry.type} that does not belong there`);
    }
  }
  if (authEvents.some((entry) => entry.rejected === true)) {
    throw new AuthError(`${rule}.3`, 'auth_events has an entry that was rejected');
  }
  if (version.createInAuthEvents && !authEvents.some((entry) => entry.type === 'm.room.create')) {
    throw new AuthError(`${rule}.4`, 'auth_events does not have the create event');
  }
  if (authEvents.some((entry) => entry.room_id !== event.room_id)) {
    throw new AuthError(rules.roomMismatch, 'auth_events has an entry of another room');
  }
}
