import type { Pdu } from '../../spec/events.ts';
import type { JsonObject } from '../../spec/json.ts';
import { redactEvent } from '../../spec/redaction.ts';
import { getRoomVersion, type RoomVersion } from '../../spec/room-versions.ts';
import type { EventRow } from '../../storage/events/event-row.ts';

/** For whom an event is written out. */
export interface Viewer {
  userId: string;
  deviceId: string | null;
  /** Milliseconds; `unsigned.age` counts from it. */
  now: number;
}

/** What is added to `unsigned` for one answer. */
export interface Decoration {
  /** The viewer's membership at the event (`unsigned.membership`, MSC4115). */
  membership?: string | undefined;
  /** Bundled aggregations (`unsigned.m.relations`). */
  relations?: JsonObject | undefined;
  /** Further members of `unsigned`. */
  unsigned?: JsonObject | undefined;
}

interface Parts {
  /** The event without `unsigned`, without the closing brace. */
  open: string;
  /** Members of `unsigned` that are the same for everybody, each as JSON text with its key. */
  unsigned: string[];
}

const partsOf = new WeakMap<EventRow, Parts>();

/**
 * An event in the format that clients get (client-server API, room event format), as JSON text. Everything that is the
 * same for all viewers is serialised once per row.
 */
export function clientEventJson(row: EventRow, viewer: Viewer, decoration: Decoration = {}): string {
  let parts = partsOf.get(row);
  if (!parts) {
    parts = serialise(row);
    partsOf.set(row, parts);
  }
  const unsigned = [...parts.unsigned, `"age":${Math.max(viewer.now - row.originServerTs, 0)}`];
  if (row.txnId !== null && row.txnDevice === viewer.deviceId && row.sender === viewer.userId) {
    unsigned.push(`"transaction_id":${JSON.stringify(row.txnId)}`);
  }
  if (decoration.membership !== undefined) unsigned.push(`"membership":${JSON.stringify(decoration.membership)}`);
  if (decoration.relations !== undefined) unsigned.push(`"m.relations":${JSON.stringify(decoration.relations)}`);
  for (const [key, value] of Object.entries(decoration.unsigned ?? {})) {
    unsigned.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  }
  return `${parts.open},"unsigned":{${unsigned.join(',')}}}`;
}

/** {@link clientEventJson} as an object, for answers that are not assembled from text. */
export function clientEvent(row: EventRow, viewer: Viewer, decoration: Decoration = {}): JsonObject {
  return JSON.parse(clientEventJson(row, viewer, decoration)) as JsonObject;
}

/** The event as it is to be shown: redacted when a redaction took effect. */
export function visiblePdu(row: EventRow): Pdu {
  const pdu = JSON.parse(row.json) as Pdu;
  return row.redactedBy === null ? pdu : (redactEvent(pdu, versionOf(row)) as Pdu);
}

/** The stripped form that previews of a room are made of (client-server API, stripped state). */
export function strippedEvent(row: EventRow): JsonObject {
  const { type, sender, content } = visiblePdu(row);
  return { type, sender, content: content as JsonObject, state_key: row.stateKey ?? '' };
}

function serialise(row: EventRow): Parts {
  const pdu = visiblePdu(row);
  const event = formatForClient(pdu, row.eventId, row.roomId, versionOf(row));
  const unsigned: string[] = [];
  if (row.redactedBy !== null && row.redactionJson !== null && row.redactionId !== null) {
    const because = formatForClient(JSON.parse(row.redactionJson) as Pdu, row.redactionId, row.roomId, versionOf(row));
    unsigned.push(`"redacted_by":${JSON.stringify(row.redactionId)}`, `"redacted_because":${JSON.stringify(because)}`);
  }
  if (row.replacesId !== null) unsigned.push(`"replaces_state":${JSON.stringify(row.replacesId)}`);
  // Absent where what was replaced has been redacted.
  if (row.replacesJson !== null) {
    const replaced = JSON.parse(row.replacesJson) as Pdu;
    unsigned.push(
      `"prev_content":${JSON.stringify(replaced.content)}`,
      `"prev_sender":${JSON.stringify(replaced.sender)}`,
    );
  }
  return { open: JSON.stringify(event).slice(0, -1), unsigned };
}

function formatForClient(pdu: Pdu, eventId: string, roomId: string, version: RoomVersion): JsonObject {
  const event: JsonObject = {
    type: pdu.type,
    sender: pdu.sender,
    content: pdu.content as JsonObject,
    event_id: eventId,
    origin_server_ts: pdu.origin_server_ts as number,
    room_id: roomId,
  };
  if (pdu.state_key !== undefined) event['state_key'] = pdu.state_key;
  if (pdu.type === 'm.room.redaction') {
    // Shown at both places in every room version (rooms v11, moving the redacts property).
    const redacts = version.redactsInContent
      ? (pdu.content as JsonObject)['redacts']
      : (pdu as { redacts?: string }).redacts;
    if (typeof redacts === 'string') {
      event['redacts'] = redacts;
      event['content'] = { ...(pdu.content as JsonObject), redacts };
    }
  }
  return event;
}

function versionOf(row: EventRow): RoomVersion {
  const version = getRoomVersion(row.roomVersion);
  if (!version) throw new Error(`room ${row.roomId} has the unknown version ${row.roomVersion}`);
  return version;
}
