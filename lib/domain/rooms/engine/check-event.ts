import { AuthError, type AuthEvent, authEventKeysFor, checkAuth, checkAuthEvents } from '../../../spec/auth-rules.ts';
import type { RoomVersion } from '../../../spec/room-versions.ts';
import type { Incoming } from './incoming.ts';
import type { CitedEvent } from './known-events.ts';

/** State by type and state key. */
export type Lookup = (type: string, stateKey: string) => AuthEvent | undefined;

/** An incoming event as the auth rules read it. */
export function authEventOf(incoming: Incoming): AuthEvent {
  return { ...incoming.pdu, eventId: incoming.eventId } as AuthEvent;
}

/**
 * Checks an event by its own auth events (server-server API, checks performed on receipt of a PDU, 4).
 * @param create the room's create event, which version 12 keeps out of `auth_events`
 * @returns why it is refused; undefined when it is not
 */
export function refusedByAuthEvents(
  incoming: Incoming,
  version: RoomVersion,
  cited: readonly CitedEvent[],
  create: AuthEvent | undefined,
  signedBy: readonly string[] | undefined,
): AuthError | undefined {
  const event = authEventOf(incoming);
  const events = cited.map((c) => c.event);
  return refusal(() => {
    checkAuthEvents(event, version, events);
    const lookup: Lookup = (type, stateKey) =>
      events.find((e) => e.type === type && e.state_key === stateKey) ??
      (type === 'm.room.create' && !version.createInAuthEvents ? create : undefined);
    checkAuth(event, version, lookup, signedBy && { isSignedBy: (server) => signedBy.includes(server) });
  });
}

/** Checks an event by some state of the room (checks 5 and 6). */
export function refusedByState(incoming: Incoming, version: RoomVersion, lookup: Lookup): AuthError | undefined {
  return refusal(() => checkAuth(authEventOf(incoming), version, lookup));
}

/** State keys that checking and placing an event reads. */
export function keysOf(incoming: Incoming, version: RoomVersion): [string, string][] {
  const { pdu } = incoming;
  const keys: [string, string][] = [
    ['m.room.create', ''],
    ['m.room.power_levels', ''],
    ...authEventKeysFor(pdu, version),
  ];
  if (pdu.state_key !== undefined) keys.push([pdu.type, pdu.state_key]);
  return [...new Map(keys.map((key) => [key.join('\0'), key])).values()];
}

function refusal(check: () => void): AuthError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof AuthError) return error;
    throw error;
  }
}
