import { invalidParam, notFound } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/ids.ts';
import type { Context } from '../context.ts';
import { resolveAlias } from '../rooms/aliases.ts';
import { findRoom, type Room } from '../rooms/room-lookup.ts';

/** A room that this server has. @throws MatrixError 404 M_NOT_FOUND */
export async function anyRoom(ctx: Context, roomId: string): Promise<Room> {
  const room = await findRoom(ctx, roomId);
  if (!room) throw notFound('There is no such room.');
  return room;
}

/** {@link anyRoom} by its id or an alias. @throws MatrixError 400 M_INVALID_PARAM, 404 M_NOT_FOUND */
export async function anyRoomOrAlias(ctx: Context, roomIdOrAlias: string): Promise<Room> {
  if (roomIdOrAlias.startsWith('#')) return anyRoom(ctx, (await resolveAlias(ctx, roomIdOrAlias)).roomId);
  if (!isRoomId(roomIdOrAlias)) throw invalidParam('The path names neither a room id nor an alias.');
  return anyRoom(ctx, roomIdOrAlias);
}
