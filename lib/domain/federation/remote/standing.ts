import { serverNameOf } from '../../../spec/ids.ts';
import { getServersInRoom } from '../../../storage/rooms/memberships.ts';
import { hasJoinedUserOf } from '../../../storage/state/joined-server.ts';
import type { Context } from '../../context.ts';
import { membershipRowOf, type Room } from '../../rooms/room-lookup.ts';

const MOST_SERVERS = 20;

/**
 * Whether others have to let this server into a room: none of its users is in it, and what is known of the room is an
 * invite, a knock, or old.
 */
export async function standsOutside(ctx: Context, room: Room): Promise<boolean> {
  if (await hasJoinedUserOf(ctx.db, room.roomNid, ctx.serverName)) return false;
  // A room that everybody has left is nobody else's either.
  const isOver = (await getServersInRoom(ctx.db, room.roomNid, 1)).length === 0;
  return !(isOver && serverNameOf(room.creator) === ctx.serverName);
}

/** Servers that may let a user into a room, by what is known of it: that of who invites, then those in it. */
export async function serversOf(ctx: Context, room: Room, userId: string): Promise<string[]> {
  const standing = await membershipRowOf(ctx, room.roomNid, userId);
  const inviting = standing?.membership === 'invite' ? serverNameOf(standing.sender) : undefined;
  const inRoom = await getServersInRoom(ctx.db, room.roomNid, MOST_SERVERS);
  return [...(inviting === undefined ? [] : [inviting]), ...inRoom].filter((server) => server !== ctx.serverName);
}
