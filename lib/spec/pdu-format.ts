import { assertCanonical } from './canonical-json.ts';
import { badJson } from './errors.ts';
import type { Pdu } from './events.ts';
import { isEventId, isRoomId, isUserId } from './ids.ts';
import { isJsonObject } from './json.ts';
import type { RoomVersion } from './room-versions.ts';

const MAX_PREV_EVENTS = 20;
const MAX_AUTH_EVENTS = 10;

/**
 * Checks that a value received from elsewhere has the shape of an event of that room version (room versions, "Event
 * format") and returns it. Throws 400 `M_BAD_JSON` with a sentence that names the field. Sizes, hashes and signatures
 * are checked elsewhere.
 */
export function checkPduFormat(value: unknown, version: RoomVersion): Pdu {
  if (!isJsonObject(value)) throw badJson('an event must be an object');
  const event: Record<string, unknown> = value;
  checkIdentifiers(event, version);
  if (typeof event['type'] !== 'string') throw badJson('type must be a string');
  if (event['state_key'] !== undefined && typeof event['state_key'] !== 'string') {
    throw badJson('state_key must be a string');
  }
  if (!isJsonObject(event['content'])) throw badJson('content must be an object');
  checkInteger(event, 'origin_server_ts');
  checkInteger(event, 'depth');
  if ((event['depth'] as number) < 0) throw badJson('depth must not be negative');
  checkReferences(event, 'prev_events', MAX_PREV_EVENTS, version);
  checkReferences(event, 'auth_events', MAX_AUTH_EVENTS, version);
  checkHashes(event);
  checkSignatures(event['signatures']);
  if (event['unsigned'] !== undefined && !isJsonObject(event['unsigned'])) throw badJson('unsigned must be an object');
  if (version.strictCanonicalJson) assertCanonical(event);
  return event as unknown as Pdu;
}

function checkIdentifiers(event: Record<string, unknown>, version: RoomVersion): void {
  if (!isUserId(event['sender'])) throw badJson('sender must be a user id');
  const mayOmitRoom = version.roomIdIsHash && event['type'] === 'm.room.create';
  if (!(mayOmitRoom && event['room_id'] === undefined) && !isRoomId(event['room_id'])) {
    throw badJson('room_id must be a room id');
  }
  if (version.eventIdFormat === 'domain' && !isEventId(event['event_id']))
    throw badJson('event_id must be an event id');
  if (!version.redactsInContent && event['type'] === 'm.room.redaction' && event['redacts'] !== undefined) {
    if (typeof event['redacts'] !== 'string') throw badJson('redacts must be a string');
  }
}

/** Beyond 2^53 - 1 numbers lose digits here, so that hashes would be wrong: not even old rooms may hold them. */
function checkInteger(event: Record<string, unknown>, field: string): void {
  if (!Number.isSafeInteger(event[field])) throw badJson(`${field} must be an integer`);
}

function checkReferences(event: Record<string, unknown>, field: string, most: number, version: RoomVersion): void {
  const list = event[field];
  if (!Array.isArray(list)) throw badJson(`${field} must be an array`);
  if (list.length > most) throw badJson(`${field} must not have more than ${most} entries`);
  for (const entry of list as unknown[]) {
    const id =
      version.eventFormat === 'ids' ? entry : Array.isArray(entry) && entry.length === 2 ? entry[0] : undefined;
    if (!isEventId(id)) {
      throw badJson(
        `${field} must hold ${version.eventFormat === 'ids' ? 'event ids' : 'pairs of event id and hashes'}`,
      );
    }
  }
}

function checkHashes(event: Record<string, unknown>): void {
  const hashes = event['hashes'];
  if (!isJsonObject(hashes) || typeof hashes['sha256'] !== 'string') throw badJson('hashes must hold a sha256 string');
}

function checkSignatures(signatures: unknown): void {
  if (!isJsonObject(signatures)) throw badJson('signatures must be an object');
  for (const [server, keys] of Object.entries(signatures)) {
    if (!isJsonObject(keys) || Object.values(keys).some((signature) => typeof signature !== 'string')) {
      throw badJson(`signatures of ${server} must be an object of strings`);
    }
  }
}
