import { getUser } from '../../storage/accounts/users.ts';
import { getNoticeRoom, setNoticeRoom } from '../../storage/admin/server-notices.ts';
import { createUser } from '../accounts/create-user.ts';
import type { Context } from '../context.ts';
import { setProfileField } from '../profiles/change-profile.ts';
import { memberProfile } from '../profiles/profile.ts';
import { createRoom } from '../rooms/create-room.ts';
import { sendMember } from '../rooms/member-event.ts';
import { findRoom, membershipOf } from '../rooms/room-lookup.ts';

const TAG = 'm.server_notice';

/** Who speaks in the server's name; made when it is not there. */
export async function noticeSender(ctx: Context): Promise<string> {
  const { localpart, displayName, avatarUrl } = ctx.config.serverNotices;
  const userId = `@${localpart}:${ctx.serverName}`;
  if (await getUser(ctx.db, userId)) return userId;
  await createUser(ctx, { localpart: localpart as string, displayName, userType: 'bot' });
  if (avatarUrl !== undefined) await setProfileField(ctx, userId, 'avatar_url', avatarUrl);
  return userId;
}

/** The room in which a user is told what the server has to say: made, entered or invited to again as is needed. */
export async function noticeRoomOf(ctx: Context, sender: string, userId: string): Promise<string> {
  const known = await getNoticeRoom(ctx.db, userId);
  const room = known === undefined ? undefined : await findRoom(ctx, known);
  if (!room || (await membershipOf(ctx, room.roomNid, sender)) !== 'join') return makeNoticeRoom(ctx, sender, userId);
  const membership = await membershipOf(ctx, room.roomNid, userId);
  if (membership !== 'join' && membership !== 'invite') {
    const content = { ...(await memberProfile(ctx, userId)), membership: 'invite' };
    await sendMember(ctx, room, { sender, userId, content });
  }
  return room.roomId;
}

async function makeNoticeRoom(ctx: Context, sender: string, userId: string): Promise<string> {
  const { roomName, roomAvatarUrl, autoJoin } = ctx.config.serverNotices;
  const requester = { userId: sender, deviceId: null, isGuest: false, isAdmin: false, tokenId: 0 };
  const { roomId } = await createRoom(ctx, requester, {
    preset: 'private_chat',
    isPublic: false,
    name: roomName,
    // Invited below: the server's word reaches those too who take no invites.
    invites: [],
    threepidInvites: [],
    creationContent: { 'm.federate': false },
    initialState:
      roomAvatarUrl === undefined ? [] : [{ type: 'm.room.avatar', stateKey: '', content: { url: roomAvatarUrl } }],
    powerLevelOverride: { users_default: -10 },
    isDirect: false,
  });
  await setNoticeRoom(ctx.db, userId, roomId);
  const room = await findRoom(ctx, roomId);
  if (room) {
    const profile = await memberProfile(ctx, userId);
    await sendMember(ctx, room, { sender, userId, content: { ...profile, membership: 'invite' } });
    if (autoJoin) await sendMember(ctx, room, { sender: userId, userId, content: { ...profile, membership: 'join' } });
  }
  await ctx.writers.accountData.setTag({ userId, roomId, tag: TAG, content: {} });
  return roomId;
}
