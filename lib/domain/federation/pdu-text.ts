import type { Pdu } from '../../spec/events.ts';
import { redactEvent } from '../../spec/redaction.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';
import type { PduRow } from '../../storage/federation/pdus.ts';

/**
 * An event as JSON text for other servers: as it came, or what a redaction left of it. What this server has noted in
 * `unsigned` stays here.
 * @param hide leaves only what cannot be kept from servers that take part in the room
 */
export function pduText(row: Pick<PduRow, 'json' | 'redacted'>, version: RoomVersion, hide = false): string {
  const isHidden = row.redacted || hide;
  if (!isHidden && !row.json.includes('"unsigned"')) return row.json;
  const { unsigned: _unsigned, ...pdu } = JSON.parse(row.json) as Pdu;
  return JSON.stringify(isHidden ? redactEvent(pdu as Pdu, version) : pdu);
}

/** A JSON array of texts. */
export function jsonArray(texts: Iterable<string>): string {
  return `[${[...texts].join(',')}]`;
}
