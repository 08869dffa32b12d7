import { isRoomId } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { findRoom, membershipOf } from '../../rooms/room-lookup.ts';
import { isServerAllowed } from '../server-acls.ts';
import { userOfOrigin } from './user-of-origin.ts';

/** Servers say it again while it goes on. */
const TYPING_MS = 60_000;

/** `m.typing`: somebody of another server types, or has stopped (server-server API, typing notifications). */
export async function receiveTyping(ctx: Context, origin: string, content: JsonObject): Promise<void> {
  const { room_id: roomId, typing } = content;
  const userId = userOfOrigin(origin, content['user_id']);
  const room = userId !== undefined && isRoomId(roomId) ? await findRoom(ctx, roomId) : undefined;
  if (!room || userId === undefined || typeof typing !== 'boolean') return;
  if (!(await isServerAllowed(ctx, room.roomNid, origin))) return;
  if ((await membershipOf(ctx, room.roomNid, userId)) !== 'join') return;
  await ctx.writers.typing.set({ roomId: room.roomId, userId, typing, timeoutMs: TYPING_MS });
}
