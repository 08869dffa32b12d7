import { canonicalJson } from '../../../spec/canonical-json.ts';
import { MatrixError } from '../../../spec/errors.ts';
import { checkPduFormat, eventIdOf, eventSizeCheck, type Pdu, roomIdOf } from '../../../spec/events.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { RoomVersion } from '../../../spec/room-versions.ts';
import type { Context } from '../../context.ts';
import { checkEventSignatures } from '../event-signatures.ts';

/** An event of a room whose form and signatures are right. */
export interface CheckedPdu {
  eventId: string;
  pdu: Pdu;
  signedBy: string[];
}

/** What became of checking an event: itself, or why it is dropped. Without an id where it has none. */
export type PduCheck = { checked: CheckedPdu } | { eventId: string | undefined; error: string };

/**
 * Checks events of one room by form, size and signatures (server-server API, checks performed on receipt of a PDU, 1 and
 * 2). In the order given.
 */
export async function checkPdus(
  ctx: Context,
  room: { roomId: string; version: RoomVersion },
  values: readonly unknown[],
): Promise<PduCheck[]> {
  const { version, roomId } = room;
  const formed = values.map((value) => checkForm(value, version, roomId));
  const good = formed.flatMap((one) => ('pdu' in one ? [one] : []));
  const signatures = await checkEventSignatures(
    ctx.federation.keys,
    good.map((one) => one.pdu),
    version,
  );
  const signed = new Map(good.map((one, i) => [one, signatures[i]]));
  return formed.map((one) => {
    if (!('pdu' in one)) return one;
    const check = signed.get(one);
    if (!check?.valid) return { eventId: one.eventId, error: 'A signature that the event needs is missing or wrong.' };
    return { checked: { ...one, signedBy: check.signedBy } };
  });
}

function checkForm(
  value: unknown,
  version: RoomVersion,
  roomId: string,
): { pdu: Pdu; eventId: string } | { eventId: string | undefined; error: string } {
  let eventId: string | undefined;
  try {
    eventId = idOf(value, version);
    const pdu = checkPduFormat(value, version);
    eventSizeCheck(pdu, canonicalJson(pdu as unknown as JsonObject, 'lenient'));
    if (roomIdOf(pdu, version) !== roomId) return { eventId, error: 'The event is of another room.' };
    return { pdu, eventId: eventIdOf(pdu, version) };
  } catch (error) {
    if (error instanceof MatrixError) return { eventId, error: error.message };
    throw error;
  }
}

/** The id of what may not be an event, so that its sender can be told; undefined where it can't be made out. */
function idOf(value: unknown, version: RoomVersion): string | undefined {
  try {
    const id = eventIdOf(value as Pdu, version);
    return id.includes('\0') ? undefined : id;
  } catch {
    return undefined;
  }
}
