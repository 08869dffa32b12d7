import { forbidden, invalidParam, MatrixError } from '../../../spec/errors.ts';
import { checkPduFormat, eventIdOf, type Pdu, roomIdOf, signEvent } from '../../../spec/events.ts';
import { serverNameOf } from '../../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import { getRoomVersion, type RoomVersion } from '../../../spec/room-versions.ts';
import { getUser } from '../../../storage/accounts/users.ts';
import { getBlocker } from '../../../storage/admin/rooms.ts';
import { hasLocalMember } from '../../../storage/federation/servers.ts';
import type { Context } from '../../context.ts';
import { checkInvitePermission } from '../../rooms/invite-permission.ts';
import { findRoom } from '../../rooms/room-lookup.ts';
import { checkEventSignatures } from '../event-signatures.ts';
import { requireServerAllowed } from '../server-acls.ts';

/** An invite that another server brings. */
export interface InviteRequest {
  roomId: string;
  eventId: string;
  roomVersion: string;
  event: JsonObject;
  /** Events that tell the user about the room. */
  roomState: unknown;
}

const MOST_STATE_EVENTS = 100;

/**
 * Takes an invite for a user of this server in and signs it (server-server API, "Inviting to a room"). Where this server
 * is in the room, the event comes once more, with a place in the room.
 * @returns the event with this server's signature
 * @throws MatrixError 400 M_INCOMPATIBLE_ROOM_VERSION, M_INVALID_PARAM or M_BAD_JSON, 403 M_FORBIDDEN.
 */
export async function receiveInvite(ctx: Context, origin: string, request: InviteRequest): Promise<JsonObject> {
  const version = getRoomVersion(request.roomVersion);
  if (!version) {
    const { roomVersion } = request;
    const message = `This server does not know room version ${roomVersion}.`;
    throw new MatrixError(400, 'M_INCOMPATIBLE_ROOM_VERSION', message, { room_version: roomVersion });
  }
  const pdu = checkInviteEvent(ctx, origin, version, request);
  const room = await findRoom(ctx, request.roomId);
  if (room) await requireServerAllowed(ctx, room.roomNid, origin);
  const [check] = await checkEventSignatures(ctx.federation.keys, [pdu], version);
  if (!check?.valid) throw forbidden('The invite is not signed by its sender’s server.');
  const state = await checkRoomState(ctx, request, version);
  await checkInvitee(ctx, request.roomId, pdu.state_key as string);
  const signed = signEvent(pdu, version, ctx.serverName, ctx.signer.key) as unknown as JsonObject;
  if (!room || !(await hasLocalMember(ctx.db, room.roomNid))) {
    await ctx.writers.events.adopt({
      roomId: request.roomId,
      roomVersion: version.id,
      event: signed,
      origin,
      strippedState: state,
    });
  }
  return signed;
}

function checkInviteEvent(ctx: Context, origin: string, version: RoomVersion, request: InviteRequest): Pdu {
  const pdu = checkPduFormat(request.event, version);
  if (pdu.type !== 'm.room.member') throw invalidParam('The event is not of type m.room.member.');
  if (pdu.content['membership'] !== 'invite') throw invalidParam('content.membership is not "invite".');
  if (serverNameOf(pdu.sender) !== origin) throw invalidParam(`The sender is not a user of ${origin}.`);
  if (serverNameOf(pdu.state_key ?? '') !== ctx.serverName) {
    throw invalidParam('The state_key is not a user of this server.');
  }
  if (pdu.room_id !== request.roomId) throw invalidParam('The event is of another room than the path.');
  if (eventIdOf(pdu, version) !== request.eventId) throw invalidParam('The event has another id than the path.');
  return pdu;
}

/** @throws MatrixError for an invite that its user, or this server, does not take */
async function checkInvitee(ctx: Context, roomId: string, userId: string): Promise<void> {
  if ((await getBlocker(ctx.db, roomId)) !== null) throw forbidden('This room has been blocked on this server.');
  const user = await getUser(ctx.db, userId);
  // Whether there is such a user is nobody's business.
  if (user && user.deactivatedTs !== null) throw forbidden(`${userId} takes no invites.`);
  await checkInvitePermission(ctx, userId);
}

/**
 * What the user gets to see of the room, stripped. Where the room's id says which create event it has, that event has to
 * be there, if anything is, and everything has to be of the room and signed; in older rooms, what is not simply counts for less.
 */
async function checkRoomState(
  ctx: Context,
  { roomState, roomId }: InviteRequest,
  version: RoomVersion,
): Promise<JsonObject[]> {
  const given = Array.isArray(roomState) ? roomState.filter(isJsonObject).slice(0, MOST_STATE_EVENTS) : [];
  // Some servers of today send none at all; then the user sees the invite alone.
  if (version.roomIdIsHash && given.length > 0) {
    const pdus = given.map((event) => checkPduFormat(event, version));
    if (!pdus.some((pdu) => pdu.type === 'm.room.create' && pdu.state_key === '')) {
      throw invalidParam('invite_room_state has no m.room.create event.');
    }
    if (pdus.some((pdu) => roomIdOf(pdu, version) !== roomId)) {
      throw invalidParam('invite_room_state has an event of another room.');
    }
    const checks = await checkEventSignatures(ctx.federation.keys, pdus, version);
    if (checks.some((check) => !check.valid)) throw invalidParam('invite_room_state has an event without a signature.');
  }
  return given.flatMap(({ type, state_key: stateKey, sender, content }) =>
    typeof type === 'string' && typeof stateKey === 'string' && typeof sender === 'string' && isJsonObject(content)
      ? [{ type, state_key: stateKey, sender, content }]
      : [],
  );
}
