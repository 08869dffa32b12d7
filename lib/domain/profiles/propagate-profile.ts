import { getUser } from '../../storage/accounts/users.ts';
import { getJoinedRooms } from '../../storage/rooms/memberships.ts';
import type { Context } from '../context.ts';
import type { MemberProfile } from './profile.ts';

/** Rooms that are told at the same time. */
const ROOMS_AT_ONCE = 8;

/**
 * Sends a member event with a user's profile to every room that the user is in and that shows another one
 * (client-server API, events on change of profile information). A room that refuses it is left as it is.
 */
export async function propagateProfile(ctx: Context, userId: string, profile: MemberProfile): Promise<void> {
  const rooms = await getJoinedRooms(ctx.db, userId);
  const outdated = rooms.filter(
    (room) => room.displayName !== (profile.displayname ?? null) || room.avatarUrl !== (profile.avatar_url ?? null),
  );
  // What a shadow-banned user changes is seen by nobody else.
  if (outdated.length === 0 || (await getUser(ctx.db, userId))?.shadowBanned) return;
  const send = async (roomId: string) => {
    try {
      const content = { membership: 'join', ...profile };
      await ctx.writers.events.send({
        roomId,
        event: { type: 'm.room.member', stateKey: userId, sender: userId, content },
      });
    } catch (error) {
      ctx.log.warn({ err: error, roomId, userId }, 'a room did not take a changed profile');
    }
  };
  const queue = outdated.map((room) => room.roomId);
  const worker = async () => {
    for (let roomId = queue.shift(); roomId !== undefined; roomId = queue.shift()) await send(roomId);
  };
  await Promise.all(Array.from({ length: Math.min(ROOMS_AT_ONCE, queue.length) }, worker));
}
