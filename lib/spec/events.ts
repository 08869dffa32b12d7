import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { type CanonicalMode, canonicalJson, canonicalMember, compareCodePoints, sortedKeys } from './canonical-json.ts';
import { MatrixError } from './errors.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { redactContent, survivesRedaction } from './redaction.ts';
import type { RoomVersion } from './room-versions.ts';
import {
  addSignature,
  type Signatures,
  type SigningKey,
  signaturesOf,
  signBytes,
  signingKeyIds,
  verifyBytes,
} from './signing.ts';

/** A reference to an event in room versions 1 and 2: its id and its reference hash. */
export type EventReference = [eventId: string, hashes: { sha256: string }];

/** The known members of a {@link Pdu}. */
export interface PduFields {
  /** Absent in the create events of rooms whose id is that event's hash (version 12). */
  room_id?: string;
  type: string;
  /** Present in state events only. */
  state_key?: string;
  sender: string;
  content: JsonObject;
  depth: number;
  /** Ids; in room versions 1 and 2 pairs of id and hash. */
  prev_events: string[] | EventReference[];
  auth_events: string[] | EventReference[];
  /** Milliseconds since the epoch. */
  origin_server_ts: number;
  hashes: { sha256: string; [algorithm: string]: string };
  signatures: Signatures;
  unsigned?: JsonObject;
  /** Target of a redaction before room version 11. */
  redacts?: string;
  /** Room versions 1 and 2 only. */
  event_id?: string;
  origin?: string;
}

/** A persistent data unit: an event as it travels between servers (room versions, "Event format"). */
export interface Pdu extends PduFields {
  [key: string]: unknown;
}

/** A {@link Pdu} before hashing and signing. */
export type UnsignedPdu = Omit<PduFields, 'hashes' | 'signatures'> & Partial<Pick<PduFields, 'hashes' | 'signatures'>>;

/** A signed event: what {@link addHashesAndSignatures} gives. */
export interface SignedEvent {
  pdu: Pdu;
  eventId: string;
  /** Canonical JSON of the whole PDU. */
  json: string;
  /** Length of `json` in bytes of UTF-8. */
  bytes: number;
}

/** Largest event: 65536 bytes of canonical JSON. */
export const MAX_EVENT_BYTES = 65536;

function modeOf(version: RoomVersion): CanonicalMode {
  return version.strictCanonicalJson ? 'strict' : 'lenient';
}

function sha256(text: string, encoding: 'base64' | 'base64url'): string {
  const digest = hash('sha256', text, encoding);
  return encoding === 'base64' ? digest.slice(0, 43) : digest;
}

/**
 * Content hash of an event, unpadded base64: over everything but `unsigned`, `signatures` and `hashes`
 * (server-server API, "Calculating the content hash for an event").
 */
export function contentHash(event: object): string {
  const { unsigned: _unsigned, signatures: _signatures, hashes: _hashes, ...rest } = event as Record<string, unknown>;
  return sha256(canonicalJson(rest, 'lenient'), 'base64');
}

/** True when `hashes.sha256` is the event's content hash. If not, the redacted copy has to be used. */
export function checkContentHash(pdu: Pdu): boolean {
  const claimed: unknown = pdu.hashes?.sha256;
  return typeof claimed === 'string' && claimed.replace(/=+$/, '') === contentHash(pdu);
}

/**
 * Canonical JSON of the redacted event without `signatures` and `unsigned`: what servers sign and what the reference
 * hash covers.
 */
export function redactedText(pdu: Pdu, version: RoomVersion): string {
  const left: Record<string, unknown> = {};
  for (const key of Object.keys(pdu)) {
    if (key !== 'signatures' && survivesRedaction(key, version)) left[key] = pdu[key];
  }
  left['content'] = redactContent(pdu.type, pdu.content, version);
  return canonicalJson(left, 'lenient');
}

/**
 * Reference hash of an event, unpadded base64 of the standard alphabet, or of the URL-safe one from room version 4 on
 * (server-server API, "Calculating the reference hash for an event").
 */
export function referenceHash(pdu: Pdu, version: RoomVersion): string {
  return sha256(redactedText(pdu, version), version.eventIdFormat === 'base64url' ? 'base64url' : 'base64');
}

/** Id of an event: its `event_id` in room versions 1 and 2, `$` and the reference hash later. */
export function eventIdOf(pdu: Pdu, version: RoomVersion): string {
  if (version.eventIdFormat !== 'domain') return `$${referenceHash(pdu, version)}`;
  if (typeof pdu.event_id !== 'string') throw new MatrixError(400, 'M_BAD_JSON', 'event_id is missing');
  return pdu.event_id;
}

/** Room id of a room of version 12: its create event's id with the other sigil. */
export function roomIdFromCreateEventId(createEventId: string): string {
  return `!${createEventId.slice(1)}`;
}

/** Id of the create event of a room of version 12. */
export function createEventIdFromRoomId(roomId: string): string {
  return `$${roomId.slice(1)}`;
}

/** Room id of an event, which the create event of a version 12 room implies. */
export function roomIdOf(pdu: Pdu, version: RoomVersion): string {
  if (pdu.room_id === undefined && version.roomIdIsHash && pdu.type === 'm.room.create') {
    return roomIdFromCreateEventId(eventIdOf(pdu, version));
  }
  return pdu.room_id as string;
}

/** Ids of the previous events, whatever the version's format. */
export function prevEventIds(pdu: Pick<Pdu, 'prev_events'>, version: RoomVersion): string[] {
  return referencedIds(pdu.prev_events, version);
}

/** Ids of the auth events as the event lists them (in room version 12 without the create event). */
export function authEventIds(pdu: Pick<Pdu, 'auth_events'>, version: RoomVersion): string[] {
  return referencedIds(pdu.auth_events, version);
}

function referencedIds(references: Pdu['prev_events'], version: RoomVersion): string[] {
  if (version.eventFormat === 'ids') return references as string[];
  return (references as EventReference[]).map((reference) => reference[0]);
}

/**
 * Hashes and signs an event that this server makes (server-server API, "Adding hashes and signatures to outgoing
 * events"). Signatures that it has stay. Every top-level member is written once and serves the content hash, the
 * reference hash, the signature and the JSON that is returned.
 * Throws CanonicalJsonError (400 `M_BAD_JSON`) when the version enforces canonical JSON and the event is none.
 */
export function addHashesAndSignatures(
  event: UnsignedPdu,
  version: RoomVersion,
  serverName: string,
  key: SigningKey,
): SignedEvent {
  const mode = modeOf(version);
  const source: Record<string, unknown> = event.hashes === undefined ? { ...event, hashes: {} } : event;
  const members = new Map<string, string>();
  let whole = '';
  for (const name of sortedKeys(source)) {
    const value = source[name];
    if (name === 'hashes' || name === 'signatures' || name === 'unsigned') {
      members.set(name, '');
      continue;
    }
    const member = canonicalMember(name, value, mode);
    members.set(name, member);
    whole += whole === '' ? member : `,${member}`;
  }
  const hashes = { ...event.hashes, sha256: sha256(`{${whole}}`, 'base64') };
  members.set('hashes', canonicalMember('hashes', hashes, mode));
  const redacted = redactContent(event.type, event.content, version);
  let essential = '';
  for (const [name, member] of members) {
    if (name === 'signatures' || !survivesRedaction(name, version)) continue;
    const kept = name === 'content' && redacted !== event.content ? canonicalMember(name, redacted, mode) : member;
    essential += essential === '' ? kept : `,${kept}`;
  }
  const text = `{${essential}}`;
  const signatures = addSignature(signaturesOf(event), serverName, key.keyId, signBytes(text, key));
  const pdu = { ...event, hashes, signatures } as Pdu;
  const eventId =
    version.eventIdFormat === 'domain' ? eventIdOf(pdu, version) : `$${sha256(text, version.eventIdFormat)}`;
  const json = joinMembers(members, canonicalMember('signatures', signatures, mode), event.unsigned, mode);
  return { pdu, eventId, json, bytes: Buffer.byteLength(json) };
}

/** Puts the written members together again, with `signatures` and `unsigned` in their places. */
function joinMembers(
  members: Map<string, string>,
  signatures: string,
  unsigned: JsonObject | undefined,
  mode: CanonicalMode,
): string {
  members.set('signatures', signatures);
  if (unsigned !== undefined) members.set('unsigned', canonicalMember('unsigned', unsigned, mode));
  else members.delete('unsigned');
  const names = [...members.keys()];
  // The map is in order but for a `signatures` that was appended last.
  if (names.at(-1) === 'signatures') names.sort(compareCodePoints);
  return `{${names.map((name) => members.get(name)).join(',')}}`;
}

/** A copy of an event with this server's signature added; its hashes stay as they are. */
export function signEvent(pdu: Pdu, version: RoomVersion, serverName: string, key: SigningKey): Pdu {
  const signature = signBytes(redactedText(pdu, version), key);
  return { ...pdu, signatures: addSignature(signaturesOf(pdu), serverName, key.keyId, signature) };
}

/** True when the event carries a right signature by that server and key. False for malformed input. */
export function verifyEventSignature(
  pdu: Pdu,
  version: RoomVersion,
  serverName: string,
  keyId: string,
  publicKeyBase64: string,
): boolean {
  if (!signingKeyIds(pdu, serverName).includes(keyId)) return false;
  try {
    return verifyBytes(redactedText(pdu, version), pdu.signatures[serverName]![keyId]!, publicKeyBase64);
  } catch {
    return false;
  }
}

/**
 * Throws 413 `M_TOO_LARGE` for an event beyond 65536 bytes of canonical JSON, or whose sender, room id, type, state key
 * or event id has more than 255 bytes (client-server API, "Size limits"). Returns the size in bytes.
 * `json`, when given, is the event's canonical JSON.
 */
export function eventSizeCheck(pdu: Pdu, json: string = canonicalJson(pdu as JsonValue | object, 'lenient')): number {
  for (const field of ['sender', 'room_id', 'type', 'state_key', 'event_id'] as const) {
    const value = pdu[field];
    if (typeof value === 'string' && value.length > 85 && Buffer.byteLength(value) > 255) {
      throw new MatrixError(413, 'M_TOO_LARGE', `${field} is longer than 255 bytes`);
    }
  }
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_EVENT_BYTES)
    throw new MatrixError(413, 'M_TOO_LARGE', `event is larger than ${MAX_EVENT_BYTES} bytes`);
  return bytes;
}

export { checkPduFormat } from './pdu-format.ts';
