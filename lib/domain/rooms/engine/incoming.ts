import { canonicalJson } from '../../../spec/canonical-json.ts';
import { badJson, MatrixError } from '../../../spec/errors.ts';
import {
  authEventIds,
  checkContentHash,
  checkPduFormat,
  eventIdOf,
  eventSizeCheck,
  type Pdu,
  prevEventIds,
  roomIdOf,
} from '../../../spec/events.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { redactEvent } from '../../../spec/redaction.ts';
import type { RoomVersion } from '../../../spec/room-versions.ts';

/** An event of another server that has the right form. */
export interface Incoming {
  pdu: Pdu;
  eventId: string;
  /** Canonical JSON of what is kept of it. */
  json: string;
  prevIds: string[];
  authIds: string[];
  /** Of a redaction: its target. */
  redacts: string | undefined;
}

/**
 * Takes an event in: its form, its size, its content hash (server-server API, checks performed on receipt of a PDU, 1
 * and 3). Where the hash is not right, what is left of it is the redacted event.
 *
 * @throws MatrixError when it is not an event of that room; it has to be dropped.
 */
export function takeIn(value: JsonObject, version: RoomVersion, roomId: string): Incoming {
  let pdu = checkPduFormat(value, version);
  const whole = canonicalJson(pdu, 'lenient');
  eventSizeCheck(pdu, whole);
  const eventId = eventIdOf(pdu, version);
  if (roomIdOf(pdu, version) !== roomId) throw badJson('the event is of another room');
  for (const text of [pdu.type, pdu.state_key, pdu.sender, eventId]) {
    if (text?.includes('\0')) throw badJson('an identifier holds a NUL character');
  }
  let json = whole;
  // What other servers say beside an event is theirs, and hashes and signatures leave it out.
  const { unsigned, ...rest } = pdu;
  if (!checkContentHash(pdu)) {
    pdu = redactEvent(pdu, version);
    json = canonicalJson(pdu, 'lenient');
  } else if (unsigned !== undefined) {
    pdu = rest as Pdu;
    json = canonicalJson(pdu, 'lenient');
  }
  const redacts =
    pdu.type === 'm.room.redaction' ? (version.redactsInContent ? pdu.content['redacts'] : pdu.redacts) : undefined;
  return {
    pdu,
    eventId,
    json,
    prevIds: [...new Set(prevEventIds(pdu, version))],
    authIds: [...new Set(authEventIds(pdu, version))],
    redacts: typeof redacts === 'string' && !redacts.includes('\0') ? redacts : undefined,
  };
}

/** {@link takeIn}, but undefined for what has to be dropped. */
export function takeOrSkip(value: JsonObject, version: RoomVersion, roomId: string): Incoming | undefined {
  try {
    return takeIn(value, version, roomId);
  } catch (error) {
    if (error instanceof MatrixError) return undefined;
    throw error;
  }
}
