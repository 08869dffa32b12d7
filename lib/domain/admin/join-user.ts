import { unknown } from '../../spec/errors.ts';
import { isUserId, serverNameOf } from '../../spec/ids.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { joinRoom, locateRoom } from '../rooms/join-room.ts';
import { inviteUser } from '../rooms/membership.ts';
import { currentContent, findRoom, membershipOf } from '../rooms/room-lookup.ts';
import { localUser } from './local-user.ts';

/**
 * Joins a user of this server to a room in their name. The administrator invites them first where they could not enter.
 * @throws MatrixError 400 M_UNKNOWN for a user of another server, 403 M_FORBIDDEN where the administrator may not invite.
 */
export async function joinUser(
  ctx: Context,
  admin: Requester,
  wish: { userId: string; roomIdOrAlias: string; via: string[] },
): Promise<{ roomId: string }> {
  const { userId } = wish;
  if (!isUserId(userId) || serverNameOf(userId) !== ctx.serverName) throw unknown('The user is not of this server.');
  const user = await localUser(ctx, userId);
  const address = await locateRoom(ctx, wish.roomIdOrAlias, wish.via);
  const room = await findRoom(ctx, address.roomId);
  if (room) {
    const membership = await membershipOf(ctx, room.roomNid, userId);
    const rule = (await currentContent(ctx, room.roomNid, 'm.room.join_rules'))?.['join_rule'];
    if (rule !== 'public' && membership !== 'join' && membership !== 'invite') {
      await inviteUser(ctx, admin, room.roomId, { userId, content: {} });
    }
  }
  const requester = { userId, deviceId: null, isGuest: user.isGuest, isAdmin: user.isAdmin, tokenId: 0 };
  return joinRoom(ctx, requester, address, {});
}
