import { purgeSome, ROOM_TABLES } from '../../storage/admin/purge.ts';
import { getMembers, moveAliases, setBlocked } from '../../storage/admin/rooms.ts';
import type { Context } from '../context.ts';
import { sendMember } from '../rooms/member-event.ts';
import { forgetPurgedRoom } from '../rooms/room-facts-cache.ts';
import { findRoom } from '../rooms/room-lookup.ts';

/** How a room is to end. */
export interface RoomDeletion {
  /** The administrator. */
  by: string;
  block: boolean;
  /** Delete all that is stored of it. */
  purge: boolean;
  /** Room that takes over the aliases. */
  newRoomId: string | null;
}

/** What {@link deleteRoom} did, as the admin API tells it. */
export interface DeletedRoom {
  kicked_users: string[];
  failed_to_kick_users: string[];
  local_aliases: string[];
  new_room_id: string | null;
}

/** Takes everybody of this server out of a room and deletes it. Can be done again after it was interrupted. */
export async function deleteRoom(ctx: Context, roomId: string, options: RoomDeletion): Promise<DeletedRoom> {
  const done: DeletedRoom = {
    kicked_users: [],
    failed_to_kick_users: [],
    local_aliases: [],
    new_room_id: options.newRoomId,
  };
  if (options.block) await setBlocked(ctx.db, roomId, options.by);
  const room = await findRoom(ctx, roomId);
  if (!room) return done;
  for (const member of await getMembers(ctx.db, room.roomNid, ['join', 'invite', 'knock'])) {
    if (!member.local) continue;
    try {
      const { userId } = member;
      await sendMember(ctx, room, { sender: userId, userId, content: { membership: 'leave' } });
      done.kicked_users.push(userId);
    } catch (error) {
      ctx.log.warn({ err: error, roomId, userId: member.userId }, 'a user could not be taken out of a room');
      done.failed_to_kick_users.push(member.userId);
    }
  }
  if (options.newRoomId !== null) done.local_aliases = await moveAliases(ctx.db, room.roomNid, options.newRoomId);
  if (options.purge) {
    await ctx.writers.events.evict({ roomId });
    for (const table of ROOM_TABLES) while (await purgeSome(ctx.db, table, room.roomNid));
    await ctx.writers.events.evict({ roomId });
    await forgetPurgedRoom(ctx, room);
  }
  return done;
}
