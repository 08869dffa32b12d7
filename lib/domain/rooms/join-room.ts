import { forbidden, invalidParam } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import { getBlocker } from '../../storage/admin/rooms.ts';
import { getRoomFlags } from '../../storage/rooms/room-flags.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { joinRemoteRoom } from '../federation/remote/join-room.ts';
import { serversOf, standsOutside } from '../federation/remote/standing.ts';
import { memberProfile } from '../profiles/profile.ts';
import { resolveAlias } from './aliases.ts';
import { checkGuestAccess } from './guest-access.ts';
import { sendMember } from './member-event.ts';
import { authoriseRestrictedJoin, lookAtRestrictedJoin } from './restricted-join.ts';
import { findHeardOfRoom, findRoom, membershipOf, type Room } from './room-lookup.ts';
import { transferUserState } from './transfer-user-state.ts';

/** A room by its id or alias, and servers that may know it. */
export interface RoomAddress {
  roomId: string;
  servers: string[];
}

/**
 * Finds the room that a path names.
 * @param via servers that the client named.
 * @throws MatrixError 400 M_INVALID_PARAM for what is neither room id nor alias; for aliases as `resolveAlias`.
 */
export async function locateRoom(ctx: Context, roomIdOrAlias: string, via: string[]): Promise<RoomAddress> {
  if (roomIdOrAlias.startsWith('#')) {
    const { roomId, servers } = await resolveAlias(ctx, roomIdOrAlias);
    return { roomId, servers: [...new Set([...servers, ...via])].filter((server) => server !== ctx.serverName) };
  }
  if (!isRoomId(roomIdOrAlias))
    throw invalidParam(`${JSON.stringify(roomIdOrAlias)} is neither a room id nor an alias.`);
  return { roomId: roomIdOrAlias, servers: via.filter((server) => server !== ctx.serverName) };
}

/**
 * Joins a room (client-server API, joining rooms). Somebody who is in the room already stays in it, without a new event.
 * @param content further members of the membership event, such as `reason`.
 * @throws MatrixError 403 M_FORBIDDEN, 404 M_NOT_FOUND, 502 where another server would have to help.
 */
export async function joinRoom(
  ctx: Context,
  requester: Requester,
  address: RoomAddress,
  content: JsonObject,
): Promise<{ roomId: string }> {
  const room = await findRoom(ctx, address.roomId);
  if (!room || (await standsOutside(ctx, room))) return enterRemoteRoom(ctx, requester, address, content);
  if ((await membershipOf(ctx, room.roomNid, requester.userId)) !== 'join') {
    // Where nobody of this server may let the user in, somebody of another one may.
    if (await needsVouchingElsewhere(ctx, room, requester.userId)) {
      return enterRemoteRoom(ctx, requester, address, content);
    }
    await enterRoom(ctx, requester, room, content);
  }
  return { roomId: room.roomId };
}

async function needsVouchingElsewhere(ctx: Context, room: Room, userId: string): Promise<boolean> {
  if (!room.version.restricted) return false;
  const before = await membershipOf(ctx, room.roomNid, userId);
  if (before === 'invite' || before === 'ban') return false;
  const { outcome } = await lookAtRestrictedJoin(ctx, room, userId);
  const isUndecided = outcome === 'nobody-to-vouch' || outcome === 'unknown';
  return isUndecided && (await serversOf(ctx, room, userId)).length > 0;
}

/** Joins a room that this server is not in, or has nobody in who may let the user in. */
async function enterRemoteRoom(
  ctx: Context,
  { userId, isGuest }: Requester,
  { roomId, servers }: RoomAddress,
  given: JsonObject,
): Promise<{ roomId: string }> {
  const { join_authorised_via_users_server: _vouched, third_party_signed: _signed, ...content } = given;
  if ((await getBlocker(ctx.db, roomId)) !== null) throw forbidden('This room has been blocked on this server.');
  const known = await findHeardOfRoom(ctx, roomId);
  const others = known ? await serversOf(ctx, known, userId) : [];
  await joinRemoteRoom(ctx, { roomId, userId, servers: [...servers, ...others], content });
  const room = await findRoom(ctx, roomId);
  if (!room) return { roomId };
  if (isGuest) await requireGuestAccess(ctx, room, userId);
  await transferUserState(ctx, room, userId);
  return { roomId };
}

/** Whether a room of others admits guests shows when one is in it; who is not admitted leaves at once. */
async function requireGuestAccess(ctx: Context, room: Room, userId: string): Promise<void> {
  try {
    await checkGuestAccess(ctx, room);
  } catch (error) {
    await sendMember(ctx, room, { sender: userId, userId, content: { membership: 'leave' } });
    throw error;
  }
}

/** Sends a join to a room of this server; also for somebody who is in it and changes what the event says. */
export async function enterRoom(
  ctx: Context,
  requester: Requester,
  room: Room,
  content: JsonObject,
): Promise<{ eventId: string }> {
  const { userId } = requester;
  const before = await membershipOf(ctx, room.roomNid, userId);
  const { join_authorised_via_users_server: _vouched, third_party_signed: _signed, ...others } = content;
  const member: JsonObject = { ...(await memberProfile(ctx, userId)), ...others, membership: 'join' };
  if (before !== 'join') {
    if ((await getRoomFlags(ctx.db, room.roomNid))?.blockedBy)
      throw forbidden('This room has been blocked on this server.');
    if (requester.isGuest) await checkGuestAccess(ctx, room);
    const vouching =
      before === 'invite' || before === 'ban' ? undefined : await authoriseRestrictedJoin(ctx, room, userId);
    if (vouching !== undefined) member['join_authorised_via_users_server'] = vouching;
  }
  const result = await sendMember(ctx, room, { sender: userId, userId, content: member });
  if (before !== 'join') await transferUserState(ctx, room, userId);
  return result;
}
