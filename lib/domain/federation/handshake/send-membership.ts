import { forbidden, invalidParam } from '../../../spec/errors.ts';
import { checkPduFormat, eventIdOf, type Pdu, signEvent } from '../../../spec/events.ts';
import { serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getPdusById, type PduRow } from '../../../storage/federation/pdus.ts';
import { putRelay } from '../../../storage/federation/relays.ts';
import type { ReceiveResult } from '../../../streams/writers.ts';
import type { Context } from '../../context.ts';
import type { Room } from '../../rooms/room-lookup.ts';
import { checkEventSignatures } from '../event-signatures.ts';
import { roomForServer } from '../federated-room.ts';
import { hintRelays } from '../sender/hints.ts';
import { requireUnblocked, vouchFor } from './make-membership.ts';

/** A signed membership event that another server hands over. */
export interface SendRequest {
  roomId: string;
  eventId: string;
  event: JsonObject;
}

/** A membership event that the room has taken. */
export interface TakenMembership {
  room: Room;
  row: PduRow;
}

/**
 * Takes a membership event that another server has made of a template into its room (server-server API, `PUT
 * /send_join` and its like). The room's other servers are told of it later.
 * @throws MatrixError 400 M_INVALID_PARAM or M_BAD_JSON where it is not the event that the path names; 403 M_FORBIDDEN
 *   where it is another server's, is not signed, or the room does not take it.
 */
export async function takeMembership(
  ctx: Context,
  origin: string,
  membership: 'join' | 'leave' | 'knock',
  request: SendRequest,
): Promise<TakenMembership> {
  const room = await roomForServer(ctx, request.roomId, origin);
  if (membership === 'knock' && !room.version.knock) throw forbidden('Nobody can knock on rooms of this version.');
  const given = checkMembershipEvent(room, origin, membership, request);
  if (membership !== 'leave') await requireUnblocked(ctx, room);
  const pdu = membership === 'leave' ? given : await countersign(ctx, room, given);
  const signedBy = await requireSigned(ctx, room, pdu);
  const receive = { pdu: pdu as unknown as JsonObject, signedBy };
  const [result] = await ctx.writers.events.receive({ roomId: room.roomId, origin, pdus: [receive] });
  requireTaken(result as ReceiveResult);
  const [row] = await getPdusById(ctx.db, [request.eventId]);
  if (!row) throw new Error(`the event ${request.eventId} was taken and is not there`);
  if (!result?.duplicate) {
    await putRelay(ctx.db, { eventNid: row.eventNid, roomNid: room.roomNid, origin });
    hintRelays(ctx.bus);
  }
  return { room, row };
}

function checkMembershipEvent(room: Room, origin: string, membership: string, request: SendRequest): Pdu {
  const pdu = checkPduFormat(request.event, room.version);
  if (pdu.type !== 'm.room.member') throw invalidParam('The event is not of type m.room.member.');
  if (pdu.content['membership'] !== membership) throw invalidParam(`content.membership is not "${membership}".`);
  if (pdu.sender !== pdu.state_key) throw invalidParam('The state_key is not the sender.');
  if (serverNameOf(pdu.sender) !== origin) throw forbidden(`The sender is not a user of ${origin}.`);
  if (pdu.room_id !== room.roomId) throw invalidParam('The event is of another room than the path.');
  if (eventIdOf(pdu, room.version) !== request.eventId) throw invalidParam('The event has another id than the path.');
  return pdu;
}

/** @throws MatrixError 403 M_FORBIDDEN */
async function requireSigned(ctx: Context, room: Room, pdu: Pdu): Promise<string[]> {
  const [check] = await checkEventSignatures(ctx.federation.keys, [pdu], room.version);
  if (!check?.valid) throw forbidden('The event is not signed by every server that has to sign it.');
  return check.signedBy;
}

/** This server's signature on an event, after it has looked whether it may vouch for it. */
async function countersign(ctx: Context, room: Room, pdu: Pdu): Promise<Pdu> {
  const vouching = pdu.content['join_authorised_via_users_server'];
  if (room.version.restricted && pdu.content['membership'] === 'join' && typeof vouching === 'string') {
    if (serverNameOf(vouching) !== ctx.serverName) {
      throw invalidParam(`${vouching} is to vouch for the join and is not a user of this server.`);
    }
    await vouchFor(ctx, room, pdu.sender);
  }
  return signEvent(pdu, room.version, ctx.serverName, ctx.signer.key);
}

function requireTaken(result: ReceiveResult): void {
  if (result.status === 'accepted') return;
  if (result.status === 'invalid') throw invalidParam(`The event is not valid: ${result.error ?? ''}`);
  if (result.status === 'missing') throw invalidParam('The event names events that this server does not have.');
  throw forbidden(`The room does not take the event: ${result.error ?? 'its state has changed meanwhile'}.`);
}
