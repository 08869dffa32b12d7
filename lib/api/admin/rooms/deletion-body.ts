import { z } from 'zod';
import type { RoomDeletion } from '../../../domain/background/delete-room.ts';
import type { Context } from '../../../domain/context.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { isRoomId, isUserId, serverNameOf } from '../../../spec/ids.ts';

/** What both versions of the deletion of a room take. */
export const deletionBody = z.object({
  block: z.boolean().default(false),
  purge: z.boolean().default(true),
  force_purge: z.boolean().default(false),
  new_room_user_id: z.string().nullish(),
  room_name: z.string().max(255).default('Content Violation Notification'),
  message: z
    .string()
    .max(4_000)
    .default('Sharing illegal content on this server is not permitted and rooms in violation will be blocked.'),
});

/** @throws MatrixError 400 M_INVALID_PARAM for what is no room id, or a new room's maker of another server. */
export function deletionOf(
  ctx: Context,
  roomId: string,
  by: string,
  body: z.output<typeof deletionBody>,
): RoomDeletion {
  if (!isRoomId(roomId)) throw invalidParam('The path names no room id.');
  const newRoomUserId = body.new_room_user_id ?? null;
  if (newRoomUserId !== null && (!isUserId(newRoomUserId) || serverNameOf(newRoomUserId) !== ctx.serverName)) {
    throw invalidParam('new_room_user_id must be a user id of this server.');
  }
  return {
    roomId,
    by,
    block: body.block,
    purge: body.purge,
    forcePurge: body.force_purge,
    newRoomUserId,
    newRoomName: body.room_name,
    message: body.message,
  };
}
