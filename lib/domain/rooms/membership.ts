import { forbidden, invalidParam, MatrixError, notFound, unknown } from '../../spec/errors.ts';
import { isUserId } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import { getNoticeRoom } from '../../storage/admin/server-notices.ts';
import { markForgotten } from '../../storage/rooms/memberships.ts';
import type { Requester } from '../accounts/requester.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import { knockOnRemoteRoom } from '../federation/remote/knock-on-room.ts';
import { leaveRemoteRoom } from '../federation/remote/leave-room.ts';
import { serversOf, standsOutside } from '../federation/remote/standing.ts';
import { memberProfile } from '../profiles/profile.ts';
import { checkInvitePermission } from './invite-permission.ts';
import { enterRoom, type RoomAddress } from './join-room.ts';
import { memberContent, sendInvite, sendMember } from './member-event.ts';
import { findHeardOfRoom, membershipOf, membershipRowOf, type Room, requireJoined } from './room-lookup.ts';
import { pretendToSend } from './shadow-ban.ts';

/** Kind of `caches` row, keyed by user id: a user has forgotten a room, which is no event. */
export const FORGOTTEN_ROOMS = 'forgotten_rooms';

/** Somebody's membership that is to change, and what the event is to say beside it. */
export interface MembershipChange {
  userId: string;
  content: JsonObject;
}

/** Sends the membership that `content` names, as a client does by `PUT …/state/m.room.member/{userId}`. */
export async function sendMembership(
  ctx: Context,
  requester: Requester,
  room: Room,
  change: MembershipChange,
): Promise<{ eventId: string }> {
  const { userId, content } = change;
  const self = userId === requester.userId;
  switch (content['membership']) {
    case 'join':
      if (!self) throw forbidden('Nobody can join for somebody else.');
      return enterRoom(ctx, requester, room, content);
    case 'invite':
      return inviteUser(ctx, requester, room.roomId, change);
    case 'knock':
      if (!self) throw forbidden('Nobody can knock for somebody else.');
      return sendKnock(ctx, room, change);
    case 'ban':
      return banUser(ctx, requester, room.roomId, change);
    default:
      if (self) return sendMember(ctx, room, { sender: userId, userId, content });
      return (await membershipOf(ctx, room.roomNid, userId)) === 'ban'
        ? unbanUser(ctx, requester, room.roomId, change)
        : kickUser(ctx, requester, room.roomId, change);
  }
}

/**
 * Invites a user.
 * @throws MatrixError 403 M_FORBIDDEN where the inviter may not, or the user is in the room or banned; M_INVITE_BLOCKED.
 */
export async function inviteUser(
  ctx: Context,
  requester: Requester,
  roomId: string,
  { userId, content }: MembershipChange,
): Promise<{ eventId: string }> {
  checkUserId(userId);
  const room = await requireJoined(ctx, roomId, requester.userId);
  const before = await membershipOf(ctx, room.roomNid, userId);
  if (before === 'join') throw forbidden(`${userId} is in the room already.`);
  if (before === 'ban') throw forbidden(`${userId} is banned from the room.`);
  await checkInvitePermission(ctx, userId);
  const pretended = await pretendToSend(requester);
  if (pretended) return pretended;
  const member = { ...(await memberProfile(ctx, userId)), ...content, membership: 'invite' };
  return sendInvite(ctx, room, { sender: requester.userId, userId, content: member });
}

/**
 * Takes somebody out of a room.
 * @throws MatrixError 403 M_FORBIDDEN where the user may not or the other isn't there, M_BAD_STATE for a banned user.
 */
export async function kickUser(
  ctx: Context,
  requester: Requester,
  roomId: string,
  { userId, content }: MembershipChange,
): Promise<{ eventId: string }> {
  checkUserId(userId);
  const room = await requireJoined(ctx, roomId, requester.userId);
  const before = await membershipOf(ctx, room.roomNid, userId);
  if (before === 'ban') throw new MatrixError(403, 'M_BAD_STATE', `${userId} is banned and can't be kicked.`);
  if (before === undefined || before === 'leave') throw forbidden(`${userId} is not in the room.`);
  return (
    (await pretendToSend(requester)) ??
    sendMember(ctx, room, { sender: requester.userId, userId, content: { ...content, membership: 'leave' } })
  );
}

/** Bans somebody from a room. @throws MatrixError 403 M_FORBIDDEN */
export async function banUser(
  ctx: Context,
  requester: Requester,
  roomId: string,
  { userId, content }: MembershipChange,
): Promise<{ eventId: string }> {
  checkUserId(userId);
  const room = await requireJoined(ctx, roomId, requester.userId);
  return (
    (await pretendToSend(requester)) ??
    sendMember(ctx, room, { sender: requester.userId, userId, content: { ...content, membership: 'ban' } })
  );
}

/** Lifts a ban. @throws MatrixError 403 M_FORBIDDEN where the user may not, M_BAD_STATE where there is no ban. */
export async function unbanUser(
  ctx: Context,
  requester: Requester,
  roomId: string,
  { userId, content }: MembershipChange,
): Promise<{ eventId: string }> {
  checkUserId(userId);
  const room = await requireJoined(ctx, roomId, requester.userId);
  if ((await membershipOf(ctx, room.roomNid, userId)) !== 'ban') {
    throw new MatrixError(403, 'M_BAD_STATE', `${userId} is not banned from the room.`);
  }
  return (
    (await pretendToSend(requester)) ??
    sendMember(ctx, room, { sender: requester.userId, userId, content: { ...content, membership: 'leave' } })
  );
}

/**
 * Leaves a room, rejects an invite or takes a knock back. Somebody who has left already hears no error.
 * @throws MatrixError 404 M_NOT_FOUND for an unknown room, 403 M_FORBIDDEN for one that the user has nothing to do with,
 *   M_CANNOT_LEAVE_SERVER_NOTICE_ROOM.
 */
export async function leaveRoom(ctx: Context, userId: string, roomId: string, reason?: string | null): Promise<void> {
  const room = await findHeardOfRoom(ctx, roomId);
  if (!room) throw notFound(`There is no room ${roomId} on this server.`);
  const standing = await membershipRowOf(ctx, room.roomNid, userId);
  if (standing?.membership === 'leave') return;
  if ((await getNoticeRoom(ctx.db, userId)) === roomId) {
    throw new MatrixError(403, 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM', 'You cannot leave the room of the server notices.');
  }
  if (standing && standing.membership !== 'join' && standing.membership !== 'ban' && (await standsOutside(ctx, room))) {
    const servers = await serversOf(ctx, room, userId);
    await leaveRemoteRoom(ctx, room, standing, { userId, servers, content: reason ? { reason } : {} });
    return;
  }
  await sendMember(ctx, room, { sender: userId, userId, content: memberContent('leave', reason) });
}

/** Knocks on a room. @throws MatrixError 403 M_FORBIDDEN, 404 M_NOT_FOUND, 502 as of joining. */
export async function knock(
  ctx: Context,
  requester: Requester,
  address: RoomAddress,
  content: JsonObject,
): Promise<{ roomId: string }> {
  const { userId } = requester;
  const room = await findHeardOfRoom(ctx, address.roomId);
  if (!room || (await standsOutside(ctx, room))) {
    const others = room ? await serversOf(ctx, room, userId) : [];
    return knockOnRemoteRoom(ctx, { ...address, servers: [...address.servers, ...others], userId, content });
  }
  await sendKnock(ctx, room, { userId, content });
  return { roomId: room.roomId };
}

async function sendKnock(
  ctx: Context,
  room: Room,
  { userId, content }: MembershipChange,
): Promise<{ eventId: string }> {
  const member = { ...(await memberProfile(ctx, userId)), ...content, membership: 'knock' };
  return sendMember(ctx, room, { sender: userId, userId, content: member });
}

/**
 * Forgets a room that the user has left: it is in no list of theirs from now on.
 * @throws MatrixError 400 M_UNKNOWN for a room that was not left.
 */
export async function forgetRoom(ctx: Context, userId: string, roomId: string): Promise<void> {
  const room = await findHeardOfRoom(ctx, roomId);
  if (!room) return;
  const changes = await ctx.db.tx(async (q) =>
    (await markForgotten(q, room.roomNid, userId)) ? noteCacheChanges(q, FORGOTTEN_ROOMS, [userId]) : undefined,
  );
  if (changes) {
    await publishCacheChanges(ctx, changes);
    return;
  }
  const membership = await membershipOf(ctx, room.roomNid, userId);
  if (membership !== undefined)
    throw unknown(`You are in room ${roomId} (${membership}): leave it before you forget it.`);
}

function checkUserId(userId: string): void {
  if (!isUserId(userId)) throw invalidParam(`user_id must be a user id, which ${JSON.stringify(userId)} is not.`);
}
