import { forbidden, notFound } from '../../spec/errors.ts';
import { hasLocalMember, hasRemoteMember } from '../../storage/federation/servers.ts';
import type { Context } from '../context.ts';
import { findRoom, type Room } from '../rooms/room-lookup.ts';
import { requireServerAllowed } from './server-acls.ts';

/**
 * A room that this server is in, for a server that its access control list lets in.
 * @throws MatrixError 404 M_NOT_FOUND for a room that this server is not in, 403 M_FORBIDDEN.
 */
export async function roomForServer(ctx: Context, roomId: string, serverName: string): Promise<Room> {
  const room = await findRoom(ctx, roomId);
  if (!room || !(await hasLocalMember(ctx.db, room.roomNid))) throw notFound(`This server is not in room ${roomId}.`);
  await requireServerAllowed(ctx, room.roomNid, serverName);
  return room;
}

/**
 * A room, for a server that has users in it.
 * @throws MatrixError 404 M_NOT_FOUND for an unknown room, 403 M_FORBIDDEN for a server that is not in it or kept out.
 */
export async function roomOfServer(ctx: Context, roomId: string, serverName: string): Promise<Room> {
  const room = await findRoom(ctx, roomId);
  if (!room) throw notFound(`There is no room ${roomId} on this server.`);
  await requireServerAllowed(ctx, room.roomNid, serverName);
  if (!(await hasRemoteMember(ctx.db, room.roomNid, serverName))) {
    throw forbidden(`The server ${serverName} is not in room ${roomId}.`);
  }
  return room;
}
