import type { Context } from '../../../domain/context.ts';
import { findRoom } from '../../../domain/rooms/room-lookup.ts';
import { invalidParam, notFound } from '../../../spec/errors.ts';
import { isRoomId } from '../../../spec/ids.ts';

/**
 * Checks that a room is one that account data can be kept for.
 * @throws MatrixError 400 M_INVALID_PARAM for what is no room id, 404 for an unknown room.
 */
export async function requireRoomId(ctx: Context, roomId: string): Promise<void> {
  if (!isRoomId(roomId)) throw invalidParam(`${roomId} is not a room id.`);
  if (!(await findRoom(ctx, roomId))) throw notFound(`Room ${roomId} is not known to this server.`);
}
